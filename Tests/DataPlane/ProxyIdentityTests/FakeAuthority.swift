import EnvoyAPI
import GRPCCore
import GRPCNIOTransportHTTP2Posix
import Logging
import Synchronization
import X509

@testable import ProxyIdentity

/// Istio's certificate service by TLS on a free port of the loopback, and what it was asked.
final class FakeAuthority: Sendable {
    struct Call: Sendable {
        var authorization: String?
        var seconds: Int64
    }

    private let authority: Mutex<TestAuthority>
    private let lifetime: Duration
    private let isOut = Mutex(false)
    private let calls: AsyncStream<Call>.Continuation
    /// Each request that came in.
    let heard: AsyncStream<Call>

    init(_ authority: TestAuthority, lifetime: Duration = .seconds(3600)) {
        self.authority = Mutex(authority)
        self.lifetime = lifetime
        (heard, calls) = AsyncStream.makeStream()
    }

    /// From now on certificates come from this root.
    func rotate(to other: TestAuthority) { authority.withLock { $0 = other } }
    /// Whether requests are refused.
    func setOut(_ value: Bool) { isOut.withLock { $0 = value } }

    /// Serves until `body` returns, which gets the port.
    func run(_ body: @Sendable (Int) async throws -> Void) async throws {
        let pair = try authority.withLock { try $0.pair(names: [.dnsName("istiod.istio-system.svc")]) }
        let transport = HTTP2ServerTransport.Posix(
            address: .ipv4(host: "127.0.0.1", port: 0),
            transportSecurity: .tls(
                certificateChain: [.bytes(Array(pair.chainPEM.utf8), format: .pem)],
                privateKey: .bytes(Array(pair.keyPEM.utf8), format: .pem)
            )
        )
        let server = GRPCServer(transport: transport, services: [Service(fake: self)])
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.serve() }
            try await body(try await transport.listeningAddress.ipv4?.port ?? 0)
            server.beginGracefulShutdown()
            group.cancelAll()
        }
    }

    private struct Service: Istio_V1_Auth_IstioCertificateService.ServiceProtocol {
        let fake: FakeAuthority

        func createCertificate(
            request: ServerRequest<Istio_V1_Auth_IstioCertificateRequest>,
            context: ServerContext
        ) async throws -> ServerResponse<Istio_V1_Auth_IstioCertificateResponse> {
            let authorization = request.metadata[stringValues: "authorization"].first { _ in true }
            fake.calls.yield(Call(authorization: authorization, seconds: request.message.validityDuration))
            guard !fake.isOut.withLock({ $0 }) else {
                throw RPCError(code: .unavailable, message: "the authority is out")
            }
            var response = Istio_V1_Auth_IstioCertificateResponse()
            response.certChain = try fake.authority.withLock {
                try $0.sign(csr: request.message.csr, until: fake.lifetime)
            }
            return ServerResponse(message: response)
        }
    }
}
