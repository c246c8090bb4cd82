/// Asks the API server for a token of a service account: `TokenRequest`, bound to the pod.
///
/// Takes namespace, service account, audience (empty is the API server's), seconds of validity, and the pod.
package typealias TokenSource =
    @Sendable (
        _ namespace: String, _ serviceAccount: String, _ audience: String, _ expirationSeconds: Int64,
        _ pod: PodIdentity
    ) async throws -> String

/// A pod as a token is bound to it.
package struct PodIdentity: Sendable, Hashable {
    package var name: String
    package var uid: String
}

extension PodRuntime {
    /// What the caller decides about the node, once.
    package struct Configuration: Sendable {
        package var nodeName = "martlet"
        /// `status.addresses` of the Node and `status.hostIP` of its pods.
        package var nodeAddress = "127.0.0.1"
        /// Everything the runtime writes on the host is below this directory; it is made when missing.
        package var stateDirectory: String
        /// This process has a mount namespace of its own, so that memory volumes may be mounted below the state
        /// directory; otherwise they are directories there.
        package var ownsMountNamespace = false
        /// This process is pid 1 of its PID namespace: it buries children that nobody here started.
        package var reapsStrangers = false
        package var clusterDomain = "cluster.local"
        package var maximumPods = 300
        /// Containers that are being started at one time.
        package var concurrentStarts = 8
        /// Seconds before the second restart; doubles up to ``maximumBackOff``.
        package var backOff = 10.0
        package var maximumBackOff = 300.0
        /// A container that ran this long starts with a fresh back-off.
        package var backOffReset = 600.0
        /// Seconds that a ready pod which is deleted goes on before its containers are told to end, so that whoever
        /// calls it hears first that its endpoint is gone. At most a tenth of the grace period; Kubernetes leaves this
        /// race to a `preStop` hook of the application.
        package var endpointNotice = 0.0
        /// Seconds between two tries for an image, a missing ConfigMap or a network.
        package var retryInterval = 10.0
        /// A log file is rotated at this many bytes; one old file is kept.
        package var logFileBytes = 10 * 1024 * 1024
        /// `containerStatuses[].imageID` and the Node's `containerRuntimeVersion`, `kubeletVersion`.
        package var version = "1.34.0"

        package init(stateDirectory: String) { self.stateDirectory = stateDirectory }
    }
}
