internal import EnvoyAPI
internal import GRPCCore
internal import GRPCNIOTransportHTTP2Posix
package import ProxyFilters
package import ProxySnapshot
internal import Synchronization

/// Asks external authorization services over gRPC, off the workers' loops: one connection to each endpoint in use.
///
/// Plaintext only. A service that does not answer in time, or nothing that can be read, has failed; nothing is tried twice.
package final class AuthorizationClient: AuthorizationChecking {
    /// The most endpoints that are kept connected to; the longest unused goes first.
    private static let mostChannels = 64
    private typealias Client = GRPCClient<HTTP2ClientTransport.Posix>

    private struct Channel {
        var client: Client
        var lastUse: UInt64
    }

    private struct State {
        var channels: [SocketAddressValue: Channel] = [:]
        var uses: UInt64 = 0
        var isClosed = false
    }

    private let state = Mutex(State())

    package init() {}

    /// Asks over the connection to `endpoint`, making one if need be; `then` is called once, on a thread of its own.
    package func check(
        _ subject: CheckSubject,
        of service: ExternalAuthorization.GRPCService,
        clusterName: String,
        at endpoint: SocketAddressValue,
        then: @escaping @Sendable (CheckAnswer) -> Void
    ) {
        guard let client = client(to: endpoint, authority: service.authority.isEmpty ? clusterName : service.authority)
        else { return then(.failed) }
        Task {
            var options = CallOptions.defaults
            options.timeout = service.timeout
            options.waitForReady = true
            let authorization = Envoy_Service_Auth_V3_Authorization.Client(wrapping: client)
            do {
                let response = try await authorization.check(subject.message, options: options)
                then(CheckAnswer(response))
            } catch {
                then(.failed)
            }
        }
    }

    /// Ends all connections.
    package func close() {
        let channels = state.withLock { state in
            state.isClosed = true
            defer { state.channels = [:] }
            return state.channels.values.map(\.client)
        }
        for client in channels { client.beginGracefulShutdown() }
    }

    private func client(to endpoint: SocketAddressValue, authority: String) -> Client? {
        state.withLock { state in
            guard !state.isClosed else { return nil }
            state.uses &+= 1
            if var known = state.channels[endpoint] {
                known.lastUse = state.uses
                state.channels[endpoint] = known
                return known.client
            }
            guard let made = Self.connect(to: endpoint, authority: authority) else { return nil }
            if state.channels.count >= Self.mostChannels,
                let oldest = state.channels.min(by: { $0.value.lastUse < $1.value.lastUse })
            {
                oldest.value.client.beginGracefulShutdown()
                state.channels[oldest.key] = nil
            }
            state.channels[endpoint] = Channel(client: made, lastUse: state.uses)
            return made
        }
    }

    private static func connect(to endpoint: SocketAddressValue, authority: String) -> Client? {
        let host = "\(endpoint.address)"
        let port = Int(endpoint.port)
        var target: any ResolvableTarget = .ipv4(address: host, port: port)
        if endpoint.address.isIPv6 { target = .ipv6(address: host, port: port) }
        let transport = try? HTTP2ClientTransport.Posix(
            target: target,
            transportSecurity: .plaintext,
            config: .defaults { config in config.http2.authority = authority }
        )
        guard let transport else { return nil }
        let client = GRPCClient(transport: transport)
        Task { try? await client.runConnections() }
        return client
    }
}
