internal import DiscoveryServer
internal import ServiceLifecycle

/// Debounces and pushes until stopped, for whichever ports clients come by.
struct PushService: ServiceLifecycle.Service {
    let discovery: DiscoveryServer<MeshServedSnapshot>

    func run() async throws {
        await withGracefulShutdownHandler {
            await discovery.run()
        } onGracefulShutdown: {
            Task { await discovery.shutdown() }
        }
    }
}
