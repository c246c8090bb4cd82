internal import ConfigSources
internal import DiscoveryServer
internal import Foundation
internal import Hummingbird
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
        let updates = try ConfigFeed(configuration: configuration, api: client).updates()
        let cache = ResourceCache()
        let generator = ResourceGenerator(cache: cache)
        var iterator = updates.makeAsyncIterator()
        let first = await iterator.next() ?? JoinedConfiguration([])
        let (mesh, _) = MeshSnapshot.next(previous: nil, config: first.config)
        let discovery = DiscoveryServer(
            initial: MeshServedSnapshot(mesh, generator: generator),
            configuration: configuration.discovery,
            logger: logger
        )
        var pipeline = ModelPipeline(
            from: mesh,
            generator: generator,
            discovery: discovery,
            report: report,
            logger: logger
        )
        pipeline.tell(first.config, diagnostics: first.diagnostics, of: mesh)
        let announcer = ReadyAnnouncer(file: configuration.readyFile, logger: logger)
        let monitoring = monitoring(discovery: discovery, report: report, cache: cache, announcer: announcer)
        let listener = XDSListener(
            address: configuration.xdsAddress,
            discovery: discovery,
            bound: { announcer.bound(xds: $0) }
        )
        var services: [any ServiceLifecycle.Service] = [
            monitoring, PipelineService(pipeline: pipeline, updates: updates), listener,
        ]
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

    private func monitoring(
        discovery: DiscoveryServer<MeshServedSnapshot>,
        report: ConfigReport,
        cache: ResourceCache,
        announcer: ReadyAnnouncer
    ) -> some ServiceLifecycle.Service {
        let address = configuration.monitoringAddress
        return Application(
            router: MonitoringRoutes(discovery: discovery, report: report, cache: cache).router(),
            configuration: ApplicationConfiguration(
                address: .hostname(address.host, port: address.port),
                serverName: "martletd"
            ),
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? address.port
                announcer.bound(monitoring: ListenAddress(host: address.host, port: port))
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

/// Applies what the feed brings until stopped.
private struct PipelineService: ServiceLifecycle.Service {
    let pipeline: ModelPipeline
    let updates: AsyncStream<JoinedConfiguration>

    func run() async throws {
        var pipeline = pipeline
        for await update in updates.cancelOnGracefulShutdown() {
            await pipeline.apply(update.config, diagnostics: update.diagnostics)
        }
    }
}
