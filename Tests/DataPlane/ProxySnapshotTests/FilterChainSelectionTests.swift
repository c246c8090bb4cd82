import ProxySnapshot
import SecurityTags
import Testing

@Suite struct FilterChainSelectionTests {
    private func chain(_ name: String, _ match: FilterChainMatch) -> FilterChain {
        FilterChain(
            name: name,
            match: match,
            networkFilter: .tcpProxy(TCPProxy(statPrefix: name, cluster: .cluster(ClusterIndex(rawValue: 0))))
        )
    }

    private func select(
        _ chains: [(String, FilterChainMatch)],
        port: UInt16 = 80,
        address: String = "10.1.2.3",
        source: String = "10.9.9.9",
        sni: String = "",
        transport: String = "raw_buffer",
        alpn: [String] = [],
        hasDefault: Bool = false
    ) throws -> String {
        let destination = try #require(IPAddress(address))
        let from = try #require(IPAddress(source))
        let listener = Listener(
            name: "l",
            address: SocketAddressValue(address: destination, port: port),
            filterChains: chains.map { chain($0.0, $0.1) },
            defaultFilterChain: hasDefault ? chain("default", FilterChainMatch()) : nil
        )
        let facts = ConnectionFacts(
            destination: SocketAddressValue(address: destination, port: port),
            source: SocketAddressValue(address: from, port: 5000),
            serverName: sni,
            transportProtocol: transport,
            applicationProtocols: alpn
        )
        switch listener.filterChain(for: facts) {
        case .matched(let chain), .defaultChain(let chain): return chain.name
        case .ambiguous: return "ambiguous"
        case .none: return "none"
        }
    }

    private func range(_ address: String, _ length: Int) throws -> CIDRRange {
        let base = try #require(IPAddress(address))
        return try #require(CIDRRange(address: base, prefixLength: length))
    }

    @Test func portComesBeforeEverything() throws {
        let chains = [
            ("port", FilterChainMatch(destinationPort: 80, serverNames: ["x"])),
            ("any", FilterChainMatch()),
        ]
        // There is no way back from the chains of a port.
        #expect(try select(chains) == "none")
        #expect(try select(chains, hasDefault: true) == "default")
        #expect(try select(chains, port: 81) == "any")
    }

    @Test func longestPrefixWins() throws {
        let chains = [
            ("wide", FilterChainMatch(prefixRanges: [try range("10.0.0.0", 8)])),
            ("narrow", FilterChainMatch(prefixRanges: [try range("10.1.0.0", 16)])),
            ("any", FilterChainMatch()),
        ]
        #expect(try select(chains) == "narrow")
        #expect(try select(chains, address: "10.2.0.1") == "wide")
        #expect(try select(chains, address: "192.168.0.1") == "any")
        #expect(try select(chains, address: "fd00::1") == "any")
    }

    @Test(
        .tags(.sec22),
        arguments: [
            ("www.example.com", "exact"), ("a.example.com", "wildcard"), ("b.a.example.com", "longer"),
            ("example.com", "any"), ("", "any"),
        ]
    )
    func serverNames(sni: String, expected: String) throws {
        let chains = [
            ("exact", FilterChainMatch(serverNames: ["www.example.com"])),
            ("wildcard", FilterChainMatch(serverNames: ["*.example.com"])),
            ("longer", FilterChainMatch(serverNames: ["*.a.example.com"])),
            ("any", FilterChainMatch()),
        ]
        #expect(try select(chains, sni: sni, transport: "tls") == expected)
    }

    @Test(.tags(.sec22)) func protocolsSplitAPermissivePort() throws {
        let chains = [
            ("mtls-http", FilterChainMatch(transportProtocol: "tls", applicationProtocols: ["istio-http/1.1"])),
            ("mtls-tcp", FilterChainMatch(transportProtocol: "tls", applicationProtocols: ["istio"])),
            ("http", FilterChainMatch(transportProtocol: "raw_buffer", applicationProtocols: ["http/1.1", "h2c"])),
            ("tcp", FilterChainMatch(transportProtocol: "raw_buffer")),
            ("tls", FilterChainMatch(transportProtocol: "tls")),
        ]
        #expect(try select(chains, alpn: ["h2c"]) == "http")
        #expect(try select(chains) == "tcp")
        #expect(try select(chains, transport: "tls", alpn: ["istio"]) == "mtls-tcp")
        #expect(try select(chains, transport: "tls", alpn: ["h2"]) == "tls")
    }

    @Test func sourceTypeAndPort() throws {
        let chains = [
            ("local", FilterChainMatch(sourceType: .sameAddressOrLoopback)),
            ("port", FilterChainMatch(sourcePorts: [5000], sourceType: .external)),
        ]
        #expect(try select(chains, source: "127.0.0.1") == "local")
        #expect(try select(chains) == "port")
    }

    @Test func equalChainsAreAmbiguous() throws {
        #expect(try select([("a", FilterChainMatch()), ("b", FilterChainMatch())]) == "ambiguous")
    }

    @Test(arguments: [
        "1.2.3.4", "::", "::1", "fe80::1", "2001:db8::1:0:0:1", "1:2:3:4:5:6:7:8", "::ffff:0:0",
    ])
    func addressesReadAsTheyPrint(text: String) throws {
        #expect(try #require(IPAddress(text)).description == text)
    }

    @Test(arguments: [
        "", "1.2.3", "1.2.3.256", "01.2.3.4", "1.2.3.4.5", ":::", "1::2::3", "g::", "1:2", "12345::", "+1::",
    ])
    func wrongAddressesAreRefused(text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test(arguments: [("1.20.255.0", 0), ("10.0.0.1", 9), ("10.0.0.1", 80), ("10.0.0.1", 10_000), ("0.0.0.0", 65_535)])
    func addressesWithPortsPrint(address: String, port: UInt16) throws {
        let address = try #require(IPAddress(address))
        #expect(SocketAddressValue(address: address, port: port).description == "\(address):\(port)")
        #expect(String(decoding: address.text, as: UTF8.self) == address.description)
    }

    @Test func portsOfLongAddressesStandOutside() throws {
        let address = try #require(IPAddress("2001:db8::1"))
        #expect(SocketAddressValue(address: address, port: 443).description == "[2001:db8::1]:443")
    }

    @Test func bytesOfAddresses() {
        #expect(IPAddress(bytes: [10, 0, 0, 1])?.description == "10.0.0.1")
        #expect(IPAddress("::1")?.bytes == [UInt8](repeating: 0, count: 15) + [1])
        #expect(IPAddress(bytes: [1, 2, 3]) == nil)
        #expect(IPAddress("::ffff:1.2.3.4")?.bytes.suffix(4) == [1, 2, 3, 4])
    }
}
