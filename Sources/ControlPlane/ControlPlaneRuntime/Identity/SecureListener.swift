internal import DiscoveryServer
internal import GRPCCore
internal import ServiceLifecycle

/// Serves discovery and the certificate authority over TLS, to known callers only, until asked to stop.
struct SecureListener: Service {
    let transport: SecureTransport
    let address: ListenAddress
    let discovery: DiscoveryServer<MeshServedSnapshot>
    let certificates: CertificateService
    let interceptor: AuthenticationInterceptor
    let bound: @Sendable (ListenAddress) -> Void

    func run() async throws {
        let server = GRPCServer(
            transport: transport,
            services: [DiscoveryService(discovery, requiresIdentity: true), certificates],
            interceptors: [interceptor]
        )
        try await withGracefulShutdownHandler {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await server.serve() }
                if let port = await transport.port { bound(ListenAddress(host: address.host, port: port)) }
                try await group.waitForAll()
            }
        } onGracefulShutdown: {
            server.beginGracefulShutdown()
            Task { await discovery.shutdown() }
        }
    }
}
