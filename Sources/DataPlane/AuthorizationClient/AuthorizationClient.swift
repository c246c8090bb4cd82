internal import EnvoyAPI
internal import GRPCCore
internal import GRPCNIOTransportHTTP2Posix
internal import NIOCore
package import ProxyFilters
package import ProxySnapshot
internal import ProxyTLS
package import ProxyUpstream
internal import Synchronization

#if canImport(FoundationEssentials)
internal import FoundationEssentials
#else
internal import Foundation
#endif

/// Asks external authorization services over gRPC, off the workers' loops: one connection to each endpoint in use.
///
/// A connection is made with the TLS of its cluster as it is then; when a certificate or a trust anchor changes, the next
/// question goes over a new one. A service that does not answer in time, or nothing that can be read, has failed; nothing is tried twice.
package final class AuthorizationClient: AuthorizationChecking {
    /// The most endpoints that are kept connected to; the longest unused goes first.
    private static let mostChannels = 64
    private typealias Client = GRPCClient<HTTP2ClientTransport.Posix>

    /// What questions may share a connection for.
    private struct Target: Hashable {
        var endpoint: SocketAddressValue
        var authority: String
        var settings: TLSSettings?
        var serverName: String?
    }

    private struct Channel {
        var client: Client
        /// What the connection's handshakes run with.
        var context: TLSContext?
        var lastUse: UInt64
    }

    private struct State {
        var channels: [Target: Channel] = [:]
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
        security: UpstreamSecurity?,
        then: @escaping @Sendable (CheckAnswer) -> Void
    ) {
        let authority = service.authority.isEmpty ? clusterName : service.authority
        guard let client = client(to: endpoint, authority: authority, security: security) else {
            return then(.failed)
        }
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

    private func client(
        to endpoint: SocketAddressValue,
        authority: String,
        security: UpstreamSecurity?
    ) -> Client? {
        let target = Target(
            endpoint: endpoint,
            authority: authority,
            settings: security?.settings,
            serverName: security?.serverName
        )
        return state.withLock { state in
            guard !state.isClosed else { return nil }
            state.uses &+= 1
            if var known = state.channels[target] {
                if known.context === security?.context {
                    known.lastUse = state.uses
                    state.channels[target] = known
                    return known.client
                }
                // A certificate was renewed, or somebody is not trusted any more.
                known.client.beginGracefulShutdown()
                state.channels[target] = nil
            }
            guard let made = Self.connect(to: endpoint, authority: authority, security: security) else { return nil }
            if state.channels.count >= Self.mostChannels,
                let oldest = state.channels.min(by: { $0.value.lastUse < $1.value.lastUse })
            {
                oldest.value.client.beginGracefulShutdown()
                state.channels[oldest.key] = nil
            }
            state.channels[target] = Channel(client: made, context: security?.context, lastUse: state.uses)
            return made
        }
    }

    private static func connect(
        to endpoint: SocketAddressValue,
        authority: String,
        security: UpstreamSecurity?
    ) -> Client? {
        let host = "\(endpoint.address)"
        let port = Int(endpoint.port)
        var target: any ResolvableTarget = .ipv4(address: host, port: port)
        if endpoint.address.isIPv6 { target = .ipv6(address: host, port: port) }
        let transport = try? HTTP2ClientTransport.Posix(
            target: target,
            transportSecurity: security == nil ? .plaintext : .customSecure,
            config: .defaults { config in
                config.http2.authority = authority
                guard let security else { return }
                config.channelDebuggingCallbacks.onCreateTCPConnection = { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let handler = try security.makeVerifyingHandler { Int64(Date().timeIntervalSince1970) }
                        // Before those of HTTP/2: it stands between them and the wire.
                        try channel.pipeline.syncOperations.addHandler(handler, position: .first)
                    }
                }
            }
        )
        guard let transport else { return nil }
        let client = GRPCClient(transport: transport)
        Task { try? await client.runConnections() }
        return client
    }
}
