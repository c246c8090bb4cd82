package import KubernetesAPI
package import Logging

/// What the controllers are told about their cluster.
package struct ControllerConfiguration: Sendable {
    /// Every type the API server stores, cluster-wide and namespaced, asked again whenever a CustomResourceDefinition
    /// changes: what the garbage collector watches and what ends with its namespace.
    package var resourceTypes: @Sendable () async -> [ResourceType]
    /// PEM, published as `ca.crt` in the ConfigMap `kube-root-ca.crt` of every namespace; empty publishes none.
    package var rootCertificates: String
    /// How many keys of one controller are worked on at the same time.
    package var parallelism: Int
    /// The first wait before a failed key is tried again; it doubles up to ``longestRetry``.
    package var shortestRetry: Duration
    package var longestRetry: Duration
    /// Events not seen for this long are deleted (the API server's `--event-ttl`).
    package var eventLifetime: Duration

    package init(
        rootCertificates: String = "",
        parallelism: Int = 4,
        shortestRetry: Duration = .milliseconds(20),
        longestRetry: Duration = .seconds(3),
        eventLifetime: Duration = .seconds(3600),
        resourceTypes: @escaping @Sendable () async -> [ResourceType]
    ) {
        self.resourceTypes = resourceTypes
        self.rootCertificates = rootCertificates
        self.parallelism = parallelism
        self.shortestRetry = shortestRetry
        self.longestRetry = longestRetry
        self.eventLifetime = eventLifetime
    }
}

/// The controllers of kube-controller-manager, and a scheduler, that a cluster on one machine needs.
///
/// Deployment, ReplicaSet, StatefulSet, DaemonSet, Job, EndpointSlice, Endpoints, garbage collection, Namespace,
/// ServiceAccount, root certificates, scheduling. They talk to the API only, by watching it.
package struct ControllerSet: Sendable {
    private let loop: ControllerLoop

    package init(
        api: any KubernetesAPI,
        clock: ControllerClock = .system,
        configuration: ControllerConfiguration,
        logger: Logger = Logger(label: "controllers")
    ) {
        loop = ControllerLoop(
            api: api,
            controllers: Self.controllers(configuration),
            clock: clock,
            configuration: configuration,
            logger: logger
        )
    }

    /// Watches and acts until the task is cancelled; then ends with no task left. Call it once.
    package func run() async { await loop.run() }

    static func controllers(_ configuration: ControllerConfiguration) -> [any Controller] {
        var all: [any Controller] = [
            Scheduler(), DeploymentController(), ReplicaSetController(), StatefulSetController(),
            DaemonSetController(), JobController(), EndpointSliceController(), EndpointsController(),
            ServiceAccountController(), NamespaceController(), GarbageCollector(),
        ]
        if !configuration.rootCertificates.isEmpty {
            all.append(RootCertificateController(certificates: configuration.rootCertificates))
        }
        return all
    }
}
