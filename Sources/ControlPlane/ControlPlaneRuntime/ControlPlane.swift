internal import ConfigSources
internal import DiscoveryServer
internal import Foundation
internal import Hummingbird
internal import IssuerKeys
internal import KubernetesAPI
internal import KubernetesClient
package import Logging
internal import MeshConfig
internal import MeshModel
internal import NIOCore
internal import ServiceLifecycle
internal import UnixSignals
internal import XDSGeneration

/// The control plane: configuration, model, discovery and monitoring as one group of services.
///
/// ``run()`` reads the configuration first, so that no client ever sees an empty mesh, then listens, and returns after
/// SIGTERM or SIGINT.
package struct ControlPlane: Sendable {
    private let configuration: ControlPlaneConfiguration
    private let logger: Logger

    /// A control plane that is not running yet.
    package init(configuration: ControlPlaneConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
    }

    /// Runs until SIGTERM or SIGINT; throws when an address cannot be bound.
    package func run() async throws {
        let report = ConfigReport()
        let client = try configuration.kubernetes.map { endpoint in
            try KubernetesClient(endpoint: endpoint, logger: quiet)
        }
        defer { if let client { Task { await client.shutdown() } } }
        let keys = IssuerKeys(
            fetcher: HTTPKeyFetcher(configuration.issuerKeys),
            clock: ContinuousClock(),
            refreshInterval: configuration.issuerKeys.refreshInterval,
            logger: logger
        )
        defer { Task { await keys.shutdown() } }
        let feed = try ConfigFeed(configuration: configuration, api: client).updates()
        let updates = KeyedFeed(updates: feed, keys: keys).states()
        let cache = ResourceCache()
        let generator = ResourceGenerator(cache: cache)
        var iterator = updates.makeAsyncIterator()
        let initial = await iterator.next()
        let first = initial?.joined ?? JoinedConfiguration([])
        let (mesh, _) = MeshSnapshot.next(
            previous: nil,
            config: first.config,
            keySets: initial?.keySets ?? [:]
        )
        let identity = try await IdentityServices(configuration, mesh: first.config.mesh, api: client, logger: quiet)
        let resources = identity.map { TrustResources($0.trust.state.bundle) } ?? TrustResources()
        let discovery = DiscoveryServer(
            initial: MeshServedSnapshot(mesh, generator: generator, trust: resources),
            configuration: configuration.discovery,
            logger: logger
        )
        var pipeline = ModelPipeline(
            from: mesh,
            trust: resources,
            generator: generator,
            discovery: discovery,
            report: report,
            logger: logger
        )
        pipeline.tell(first.config, diagnostics: first.diagnostics, of: mesh)
        let announcer = announcer()
        let routes = MonitoringRoutes(
            discovery: discovery,
            report: report,
            cache: cache,
            authority: identity.map { ($0.trust, $0.metrics) },
            access: DebugAccess(
                authentication: identity?.authentication,
                namespace: configuration.namespace,
                sources: Set(configuration.debugSources)
            )
        )
        var services: [any ServiceLifecycle.Service] = [
            monitoring(routes, announcer: announcer), PushService(discovery: discovery),
            PipelineService(pipeline: pipeline, updates: updates, trust: identity?.trust),
        ]
        if let address = configuration.xdsAddress {
            services.append(
                XDSListener(address: address, discovery: discovery, bound: { announcer.bound(.xds, $0) })
            )
        }
        if let identity, let address = configuration.secureAddress {
            services += identity.services(address: address, discovery: discovery) { announcer.bound(.secure, $0) }
        }
        if let client, let address = configuration.webhookAddress {
            var webhook = InjectionWebhook.Configuration()
            webhook.address = address
            webhook.revision = configuration.revision
            services.append(InjectionWebhook(configuration: webhook, api: client, logger: quiet))
        }
        var group = ServiceGroupConfiguration(
            services: services,
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger
        )
        group.maximumGracefulShutdownDuration = .seconds(5)
        try await ServiceGroup(configuration: group).run()
    }

    private func announcer() -> ReadyAnnouncer {
        var expected: Set<ReadyAnnouncer.Place> = [.monitoring]
        if configuration.xdsAddress != nil { expected.insert(.xds) }
        if configuration.secureAddress != nil { expected.insert(.secure) }
        return ReadyAnnouncer(expected, file: configuration.readyFile, logger: logger)
    }

    private func monitoring(_ routes: MonitoringRoutes, announcer: ReadyAnnouncer) -> some ServiceLifecycle.Service {
        let address = configuration.monitoringAddress
        return Application(
            router: routes.router(),
            configuration: ApplicationConfiguration(
                address: .hostname(address.host, port: address.port),
                serverName: "martletd"
            ),
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? address.port
                announcer.bound(.monitoring, ListenAddress(host: address.host, port: port))
            },
            logger: quiet
        )
    }

    /// Hummingbird tells of every request at `info`; the monitoring port is polled.
    private var quiet: Logger {
        var logger = logger
        logger.logLevel = max(.warning, logger.logLevel)
        return logger
    }
}
