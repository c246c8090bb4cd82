internal import DiscoveryServer
internal import GRPCCore
internal import GRPCNIOTransportHTTP2Posix
internal import ServiceLifecycle

/// Serves discovery over gRPC until asked to stop; then ends every stream so that clients look for another server.
struct XDSListener: Service {
    let address: ListenAddress
    let discovery: DiscoveryServer<MeshServedSnapshot>
    let bound: @Sendable (ListenAddress) -> Void

    // A client needs one ADS stream; a few more serve tools. The rest is abuse.
    static let maximumStreams = 100
    // A reconnecting client names every resource it holds.
    static let maximumMessageBytes = 16 << 20
    // Finds clients that vanished; allows them to find a server that vanished.
    static let keepalive = HTTP2ServerTransport.Config.Keepalive(
        time: .seconds(30),
        timeout: .seconds(10),
        clientBehavior: .init(minPingIntervalWithoutCalls: .seconds(10), allowWithoutCalls: true)
    )

    func run() async throws {
        let transport = HTTP2ServerTransport.Posix(
            address: address.host.contains(":")
                ? .ipv6(host: address.host, port: address.port) : .ipv4(host: address.host, port: address.port),
            transportSecurity: .plaintext,
            config: .defaults { config in
                config.http2.maxConcurrentStreams = Self.maximumStreams
                config.connection.keepalive = Self.keepalive
                config.rpc.maxRequestPayloadSize = Self.maximumMessageBytes
            }
        )
        let server = GRPCServer(transport: transport, services: [DiscoveryService(discovery)])
        try await withGracefulShutdownHandler {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await server.serve() }
                let listening = try await transport.listeningAddress
                let port = listening.ipv4?.port ?? listening.ipv6?.port ?? address.port
                bound(ListenAddress(host: address.host, port: port))
                try await group.waitForAll()
            }
        } onGracefulShutdown: {
            server.beginGracefulShutdown()
            Task { await discovery.shutdown() }
        }
    }
}
