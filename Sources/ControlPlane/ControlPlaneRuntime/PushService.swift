internal import DiscoveryServer
internal import ServiceLifecycle

/// Debounces and pushes until the listeners shut discovery down, for whichever ports clients come by.
struct PushService: ServiceLifecycle.Service {
    let discovery: DiscoveryServer<MeshServedSnapshot>

    func run() async throws {
        await withGracefulShutdownHandler {
            await discovery.run()
            // Listeners, which are stopped before, end it too; a service that ends out of turn takes all others along.
            try? await gracefulShutdown()
        } onGracefulShutdown: {
            Task { await discovery.shutdown() }
        }
    }
}
