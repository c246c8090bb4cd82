import HTTPWire
import ProxySnapshot
import SecurityTags
import Testing

@testable import ProxyFilters

@Suite struct EdgeHeaderTests {
    /// Trusted hops, `x-forwarded-for` as it came, and what goes on beside the client that is believed.
    @Test(
        .tags(.sec19),
        arguments: [
            (0, nil, "192.0.2.1", "192.0.2.1"),
            (0, "198.51.100.7", "198.51.100.7,192.0.2.1", "192.0.2.1"),
            (1, "203.0.113.9, 198.51.100.7", "203.0.113.9, 198.51.100.7,192.0.2.1", "198.51.100.7"),
            (2, "203.0.113.9, 198.51.100.7", "203.0.113.9, 198.51.100.7,192.0.2.1", "203.0.113.9"),
            (3, "203.0.113.9, 198.51.100.7", "203.0.113.9, 198.51.100.7,192.0.2.1", "192.0.2.1"),
            (1, "nonsense", "nonsense,192.0.2.1", "192.0.2.1"),
        ]
    )
    func clientIsWhomTheTrustedProxiesName(hops: Int, forwarded: String?, sent: String, client: String) throws {
        var head = RequestHead()
        if let forwarded { head.headers.add(HeaderName("x-forwarded-for"), forwarded) }
        head.headers.add(HeaderName("x-envoy-external-address"), "10.9.9.9")
        let manager = HTTPConnectionManager(
            statPrefix: "edge",
            routeSource: .rds(name: "http.80", index: RouteConfigurationIndex(rawValue: 0)),
            usesRemoteAddress: true,
            xffTrustedHops: hops
        )
        let peer = try #require(IPAddress("192.0.2.1"))
        let facts = DownstreamFacts(
            remote: SocketAddressValue(address: peer, port: 4000),
            local: SocketAddressValue(address: peer, port: 8080)
        )
        ConnectionManagerHeaders.prepare(&head, manager: manager, facts: facts, random: (1, 2))
        #expect(head.headers.string(of: .xForwardedFor) == sent)
        #expect(head.headers.string(of: .xEnvoyExternalAddress) == client)
    }

    private static let envoys = KnownHeader.allCases.filter { "\($0.name)".hasPrefix("x-envoy-") }

    private func prepared(isEdge: Bool, mode: ForwardClientCertificate) throws -> RequestHead {
        var head = RequestHead()
        for header in Self.envoys { head.headers.add(HeaderName("\(header.name)"), "forged") }
        for name in ["X-Envoy-Original-Path", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-client-cert"] {
            head.headers.add(HeaderName(name), "forged")
        }
        let manager = HTTPConnectionManager(
            statPrefix: "s",
            routeSource: .rds(name: "r", index: RouteConfigurationIndex(rawValue: 0)),
            usesRemoteAddress: isEdge,
            forwardClientCertificate: mode
        )
        let peer = SocketAddressValue(address: try #require(IPAddress("192.0.2.1")), port: 4000)
        ConnectionManagerHeaders.prepare(
            &head,
            manager: manager,
            facts: DownstreamFacts(remote: peer, local: peer),
            random: (1, 2)
        )
        return head
    }

    @Test(.tags(.sec19)) func anEdgeTakesNoHeaderOfTheMeshFromOutside() throws {
        let head = try prepared(isEdge: true, mode: .sanitizeSet)
        #expect(Self.envoys.count > 25)
        #expect(Self.envoys.filter { head.headers.isPresent($0) } == [.xEnvoyExternalAddress])
        #expect(head.headers.string(of: .xEnvoyExternalAddress) == "192.0.2.1")
        #expect(head.headers.string(of: .xForwardedProto) == "http")
        #expect(head.headers.string(of: .xForwardedFor) == "forged,192.0.2.1")
        #expect(!head.headers.isPresent(.xForwardedClientCert))
    }

    /// Behind an edge its words stand; what steers the router is nobody's to say even so.
    @Test(.tags(.sec19)) func aSidecarTakesNoOrdersForItsRouter() throws {
        let head = try prepared(isEdge: false, mode: .appendForward)
        let steering = [
            "retry-on", "retry-grpc-on", "max-retries", "retriable-status-codes", "retriable-header-names",
            "upstream-rq-timeout-ms", "upstream-rq-per-try-timeout-ms", "upstream-rq-timeout-alt-response",
            "upstream-alt-stat-name", "expected-rq-timeout-ms", "force-trace", "ip-tags", "hedge-on-per-try-timeout",
            "internal",
        ]
        for name in steering {
            let known = HeaderName("x-envoy-\(name)").known
            #expect(known != .other && !head.headers.isPresent(known), "x-envoy-\(name)")
        }
        #expect(head.headers.isPresent(.xEnvoyOriginalPath))
        #expect(!head.headers.isPresent(.xForwardedClientCert))
    }
}
