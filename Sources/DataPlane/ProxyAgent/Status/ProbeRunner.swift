internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL

/// Asks applications of the own pod whether they are well, past the capture rules.
///
/// Connections start from 127.0.0.6 (`::6`), whose way is never redirected, so that a probe tells of the application and
/// not of the proxy.
struct ProbeRunner: Sendable {
    private let address: String
    private let source: String?
    private let client: HTTPClient

    /// Probes at the pod's address; `source` nil takes what the kernel gives.
    init(address: String, source: String?) {
        self.address = address
        self.source = source
        var configuration = HTTPClient.Configuration()
        // A kubelet's probe follows redirects to the same host only; a redirect elsewhere counts as success.
        configuration.redirectConfiguration = .disallow
        configuration.localAddress = source
        var tls = TLSConfiguration.makeClientConfiguration()
        // As the kubelet: whoever answers is the application.
        tls.certificateVerification = .none
        configuration.tlsConfiguration = tls
        configuration.httpVersion = .http1Only
        client = HTTPClient(eventLoopGroup: .singletonMultiThreadedEventLoopGroup, configuration: configuration)
    }

    func stop() async { try? await client.shutdown() }

    /// The status to answer the kubelet with, and why if it is not well.
    func run(_ probe: ApplicationProbe) async -> (status: UInt16, reason: String) {
        do {
            switch probe.action {
            case .http(let http): return try await ask(http, probe.timeout)
            case .tcp(let port): try await connect(port, probe.timeout)
            case .grpc(let port, let service):
                // gRPC's connections have no source to choose; the loopback is not redirected either.
                try await GRPCHealth.check(port: port, service: service, timeout: probe.timeout)
            }
            return (200, "")
        } catch {
            return (500, "\(error)")
        }
    }

    private func ask(_ http: ApplicationProbe.HTTP, _ timeout: Duration) async throws -> (UInt16, String) {
        let target = HostPort(host: address, port: http.port)
        var request = HTTPClientRequest(url: "\(http.isHTTPS ? "https" : "http")://\(target)\(http.path)")
        request.headers.add(name: "user-agent", value: "kube-probe/istio")
        // As the kubelet: no connection is kept for the next probe.
        request.headers.add(name: "connection", value: "close")
        for header in http.headers {
            if header.name.lowercased() == "host" {
                request.headers.replaceOrAdd(name: "host", value: header.value)
            } else {
                request.headers.add(name: header.name, value: header.value)
            }
        }
        let response = try await client.execute(request, timeout: .nanoseconds(timeout.nanoseconds))
        for try await _ in response.body {}
        return (UInt16(response.status.code), "")
    }

    private func connect(_ port: Int, _ timeout: Duration) async throws {
        var bootstrap = ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connectTimeout(.nanoseconds(timeout.nanoseconds))
        if let source { bootstrap = bootstrap.bind(to: try SocketAddress(ipAddress: source, port: 0)) }
        let channel = try await bootstrap.connect(host: address, port: port).get()
        try await channel.close()
    }
}

extension Duration {
    var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? .max : product.addingReportingOverflow(attoseconds / 1_000_000_000).partialValue
    }
}
