internal import Hummingbird
internal import HummingbirdTLS
package import KubernetesAPI
package import Logging
internal import NIOCore
internal import ServiceLifecycle
internal import SidecarInjection

/// The admission webhooks of the control plane, over HTTPS: `/inject` for pods, `/validate` for objects of the mesh.
///
/// ``run()`` reads the injector's ConfigMaps, listens, and then writes its authority's certificate into
/// `MutatingWebhookConfiguration` and `ValidatingWebhookConfiguration`, so that no API server calls before it can be
/// answered; whoever takes it out there finds it put back. Ends by graceful shutdown or cancellation.
package struct InjectionWebhook: Service {
    /// Where and for whom.
    package struct Configuration: Sendable {
        package var address = ListenAddress(host: "0.0.0.0", port: 15017)
        /// Empty is `default`.
        package var revision = ""
        /// Namespace of the control plane.
        package var namespace = "istio-system"

        package init() {}
    }

    private let configuration: Configuration
    private let api: any KubernetesAPI
    private let logger: Logger
    private let bound: @Sendable (ListenAddress) -> Void

    /// - Parameter bound: told of the address once it accepts connections.
    package init(
        configuration: Configuration,
        api: any KubernetesAPI,
        logger: Logger,
        bound: @escaping @Sendable (ListenAddress) -> Void = { _ in }
    ) {
        var configuration = configuration
        if configuration.revision.isEmpty { configuration.revision = InjectionSettings.defaultRevision }
        self.configuration = configuration
        self.api = api
        self.logger = logger
        self.bound = bound
    }

    /// Throws when the address cannot be bound.
    package func run() async throws {
        let revision = configuration.revision
        let namespace = configuration.namespace
        let certificates = try WebhookCertificates(
            names: WebhookCertificates.names(revision: revision, namespace: namespace)
        )
        let source = InjectorSource(revision: revision, logger: logger)
        let (synced, read) = AsyncStream.makeStream(of: Void.self)
        let (listening, announced) = AsyncStream.makeStream(of: Void.self)
        let names = InjectorSource.names(revision: revision)
        let server = try server(source: source, certificates: certificates) { announced.finish() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for name in names {
                group.addTask { [api] in
                    await source.follow(name, in: namespace, of: api) { read.yield() }
                }
            }
            group.addTask {
                // Pods must not be injected with defaults because the ConfigMaps came late.
                var waiting = names.count
                for await _ in synced {
                    waiting -= 1
                    if waiting == 0 { break }
                }
                for await _ in listening {}
                await keepCertificates(certificates.authority)
            }
            group.addTask { try await server.run() }
            defer { group.cancelAll() }
            // All others go on for ever, so the first that ends is the server, or we are cancelled.
            try await group.next()
        }
    }

    private func keepCertificates(_ authority: String) async {
        let revision = configuration.revision
        let mutating = WebhookRepair(
            api: api,
            type: .mutatingWebhookConfigurations,
            name: WebhookManifests.mutatingName(revision: revision),
            authority: authority,
            logger: logger
        )
        let validating = WebhookRepair(
            api: api,
            type: .validatingWebhookConfigurations,
            name: WebhookManifests.validatingName(revision: revision, namespace: configuration.namespace),
            authority: authority,
            failurePolicy: "Fail",
            logger: logger
        )
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await mutating.run() }
            group.addTask { await validating.run() }
        }
    }

    private func server(
        source: InjectorSource,
        certificates: WebhookCertificates,
        running: @escaping @Sendable () -> Void
    ) throws -> some Service {
        var quiet = logger
        quiet.logLevel = max(.warning, logger.logLevel)
        let address = configuration.address
        let bound = bound
        return Application(
            router: WebhookRoutes(source: source, logger: logger).router(),
            server: try .tls(.http1(), tlsConfiguration: certificates.serving),
            configuration: ApplicationConfiguration(
                address: .hostname(address.host, port: address.port),
                serverName: "martletd"
            ),
            onServerRunning: { channel in
                bound(ListenAddress(host: address.host, port: channel.localAddress?.port ?? address.port))
                running()
            },
            logger: quiet
        )
    }
}
