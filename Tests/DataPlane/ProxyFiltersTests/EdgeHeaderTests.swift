import HTTPWire
import ProxySnapshot
import SecurityTags
import Testing

@testable import ProxyFilters

@Suite struct EdgeHeaderTests {
    /// Trusted hops, `x-forwarded-for` as it came, and what goes on beside the client that is believed.
    @Test(.tags(.sec19), arguments: [
        (0, nil, "192.0.2.1", "192.0.2.1"),
        (0, "198.51.100.7", "198.51.100.7,192.0.2.1", "192.0.2.1"),
        (1, "203.0.113.9, 198.51.100.7", "203.0.113.9, 198.51.100.7,192.0.2.1", "198.51.100.7"),
        (2, "203.0.113.9, 198.51.100.7", "203.0.113.9, 198.51.100.7,192.0.2.1", "203.0.113.9"),
        (3, "203.0.113.9, 198.51.100.7", "203.0.113.9, 198.51.100.7,192.0.2.1", "192.0.2.1"),
        (1, "nonsense", "nonsense,192.0.2.1", "192.0.2.1"),
    ])
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
}
