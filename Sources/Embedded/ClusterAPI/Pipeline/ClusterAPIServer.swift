package import ClusterSchema
package import ClusterStore
package import KubernetesAPI
package import Logging
import Synchronization

/// The cluster's API server: every verb on every kind through one pipeline, in this process and over HTTPS.
///
/// Order of use: make it, ``start()`` (reads CustomResourceDefinitions, makes what a new cluster has), then
/// ``client(as:)`` for components in this process and ``run(on:)`` for everybody else.
package final class ClusterAPIServer: Sendable {
    /// What differs from one cluster to another.
    package struct Configuration: Sendable {
        /// `gitVersion` of `/version`.
        package var version = "v1.34.2+martlet"
        /// The port at which pods reach the API server behind `kubernetes.default` (Service port 443).
        package var servicePort: UInt16 = 443
        /// The address of the EndpointSlice of `kubernetes.default`: where that Service's address leads to.
        package var endpointAddress = "10.96.0.1"
        /// Larger request bodies are refused with 413.
        package var bodyLimit = 3 << 20
        /// How often a watch that allows it hears a BOOKMARK.
        package var bookmarkInterval: Duration = .seconds(30)

        package init() {}
    }

    package let configuration: Configuration
    package let credentials: ClusterCredentials
    let store: ClusterStore
    let webhookTransport: any WebhookTransport
    let podStreams: (any PodStreams)?
    let upgradeRoutes: [any UpgradeRoute]
    let clock: @Sendable () -> Timestamp
    let logger: Logger
    let signer: TokenSigner
    let served: Mutex<SchemaCatalog>
    let roles = Remembered<RoleIndex>()
    let webhooks = Remembered<WebhookIndex>()
    let documents = Remembered<ServedDocuments>()
    let addresses = ServiceAddresses()
    let encodedObjects = EncodedObjects()

    /// - Parameters:
    ///   - store: Written to by nobody else.
    ///   - webhookTransport: How admission webhooks are reached.
    ///   - podStreams: Logs of pods (exec and port-forward are ``UpgradeRoute``s); nil answers 503.
    ///   - upgradeRoutes: Asked in order about requests with an `Upgrade` header.
    package init(
        store: ClusterStore,
        credentials: ClusterCredentials,
        catalog: SchemaCatalog = .builtIn,
        configuration: Configuration = Configuration(),
        webhookTransport: any WebhookTransport,
        podStreams: (any PodStreams)? = nil,
        upgradeRoutes: [any UpgradeRoute] = [],
        clock: @escaping @Sendable () -> Timestamp = Timestamp.now,
        logger: Logger
    ) {
        self.store = store
        self.credentials = credentials
        self.configuration = configuration
        self.webhookTransport = webhookTransport
        self.podStreams = podStreams
        self.upgradeRoutes = upgradeRoutes
        self.clock = clock
        self.logger = logger
        signer = TokenSigner(key: credentials.tokenKey)
        served = Mutex(catalog)
    }

    /// The resources served now, those of CustomResourceDefinitions included.
    package var catalog: SchemaCatalog { served.withLock { $0 } }

    /// The API for a component in this process, with this user's rights.
    ///
    /// The default user may do everything. It refuses and answers exactly what a client over HTTPS would get.
    package func client(as user: UserInfo = .system("kube-controller-manager")) -> any KubernetesAPI {
        LocalKubernetesAPI(server: self, user: user)
    }

    /// A token for a service account (`POST serviceaccounts/NAME/token`), for the pod runtime's projected volumes.
    ///
    /// `request` is a TokenRequest (`spec.audiences`, `spec.expirationSeconds`, `spec.boundObjectRef`); so is the answer.
    package func requestToken(_ account: ObjectName, _ request: JSONValue) async throws(StatusError) -> JSONValue {
        try await issueToken(account, request)
    }
}
