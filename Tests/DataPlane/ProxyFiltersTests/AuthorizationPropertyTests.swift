import HTTPWire
import ProxySnapshot
import RegularExpressions
import Testing

@testable import ProxyFilters

/// A small generator with a fixed seed: the same cases in every run.
struct SeededRandom: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    mutating func below(_ limit: Int) -> Int { Int.random(in: 0..<limit, using: &self) }

    mutating func isOneIn(_ count: Int) -> Bool { below(count) == 0 }

    mutating func pick<Element>(_ all: [Element]) -> Element? { all.randomElement(using: &self) }
}

/// Random policies and requests of few words, so that matches are as frequent as misses.
struct PolicyWorld {
    var random: SeededRandom
    static let texts = ["/a", "/a/b", "/ab", "/b", "/a/b/c", "/", "/A", "GET", "POST", "x", "xy", "a.example", "é"]
    static let headers = ["x-one", "x-two", ":method", ":authority", "x-three"]
    static let expressions = ["/a.*", "x+y?", ".*", "[^a]*b"].compactMap { try? RegularExpression($0) }
    static let principals = [
        "spiffe://td/ns/foo/sa/one", "spiffe://td/ns/foo/sa/two", "spiffe://td/ns/bar/sa/one", "spiffe://x/ns/f/sa/o",
    ]

    mutating func text() -> String { random.pick(Self.texts) ?? "" }

    mutating func matcher(_ texts: [String] = PolicyWorld.texts) -> StringMatcher {
        let bytes = Array((random.pick(texts) ?? "").utf8)
        let ignores = random.isOneIn(5)
        switch random.below(8) {
        case 0, 1, 2, 3: return StringMatcher(.exact(bytes), ignoresCase: ignores)
        case 4: return StringMatcher(.prefix(Array(bytes.prefix(1 + random.below(bytes.count)))), ignoresCase: ignores)
        case 5: return StringMatcher(.suffix(Array(bytes.suffix(1 + random.below(bytes.count)))), ignoresCase: ignores)
        case 6: return StringMatcher(.contains(Array(bytes.suffix(1 + random.below(bytes.count)))))
        default: return random.pick(Self.expressions).map { StringMatcher(.regex($0)) } ?? StringMatcher(.exact(bytes))
        }
    }

    mutating func header() -> HeaderMatcher {
        let name = HeaderName(random.pick(Self.headers) ?? "x-one")
        return HeaderMatcher(
            name: name,
            value: random.isOneIn(5) ? .present : .string(matcher()),
            inverts: random.isOneIn(5),
            treatsMissingAsEmpty: random.isOneIn(6)
        )
    }

    mutating func range() -> CIDRRange {
        let address = IPAddress(v4: UInt32(random.below(4)) << 24 | UInt32(random.below(2)))
        guard let range = CIDRRange(address: address, prefixLength: random.pick([0, 8, 32]) ?? 0) else {
            return self.range()
        }
        return range
    }

    mutating func value() -> ValueMatcher {
        switch random.below(5) {
        case 0: .element(.text(matcher()))
        case 1: .present(true)
        case 2: .either([.text(matcher()), .element(.text(matcher()))])
        default: .text(matcher())
        }
    }

    mutating func condition(_ depth: Int) -> AuthorizationCondition {
        if depth > 0, random.isOneIn(2) {
            switch random.below(3) {
            case 0: return .all((0...random.below(3)).map { _ in condition(depth - 1) })
            case 1: return .either((0...random.below(3)).map { _ in condition(depth - 1) })
            default: return .not(condition(depth - 1))
            }
        }
        switch random.below(13) {
        case 0: return .any
        case 1, 2, 3: return .header(header())
        case 4, 5, 6: return .path(matcher())
        case 7: return .authenticated(random.isOneIn(6) ? nil : matcher(Self.principals))
        case 8: return .peerPrincipal(matcher(Self.principals))
        case 9: return .clientAddress(range())
        case 10:
            return .metadata(
                MetadataMatcher(filter: "jwt", path: ["payload", "c"], value: value(), inverts: random.isOneIn(4))
            )
        case 11: return .destinationPorts(random.isOneIn(2) ? 80..<81 : 8000..<9000)
        default: return random.isOneIn(2) ? .peerAddress(range()) : .serverName(matcher())
        }
    }

    mutating func reference() -> ReferenceAuthorization {
        let count = random.pick([0, 1, 3, 9, 20, 70]) ?? 1
        return ReferenceAuthorization(
            policies: (0..<count).map { number in
                (
                    "ns[\(random.below(1000))]-policy[\(number)]-rule[0]",
                    (0...random.below(2)).map { _ in condition(2) }, (0...random.below(2)).map { _ in condition(2) }
                )
            },
            action: random.isOneIn(2) ? .deny : .allow
        )
    }

    mutating func facts() -> DownstreamFacts {
        func address(_ random: inout SeededRandom) -> IPAddress {
            IPAddress(v4: UInt32(random.below(4)) << 24 | UInt32(random.below(2)))
        }
        var peer: PeerCertificateFacts?
        if !random.isOneIn(3) {
            peer = PeerCertificateFacts(
                uriSANs: (0..<random.below(3)).map { _ in ContiguousArray((random.pick(Self.principals) ?? "").utf8) },
                subject: random.isOneIn(2) ? ContiguousArray("xy".utf8) : []
            )
        }
        return DownstreamFacts(
            remote: SocketAddressValue(address: address(&random), port: 1),
            local: SocketAddressValue(address: address(&random), port: random.isOneIn(2) ? 80 : 8080),
            serverName: random.isOneIn(2) ? text() : "",
            isTLS: peer != nil,
            peer: peer
        )
    }

    mutating func request(_ facts: DownstreamFacts) -> PlainRequest {
        var request = PlainRequest(facts: facts)
        request.method = random.pick(["GET", "POST", "x"]) ?? "GET"
        request.path = (random.pick(["/a", "/a/b", "/ab", "/b", "/a/b/c", "/", "/A", "/x"]) ?? "/")
        if random.isOneIn(3) { request.path += "?/a" }
        request.authority = random.pick(["a.example", "A.example", "x"]) ?? "x"
        for _ in 0..<random.below(4) {
            let name = random.pick(["x-one", "x-two", "x-three"]) ?? "x-one"
            let bad: [UInt8] = [0x2F, 0x61, 0xFF]
            request.headers.append((name, random.isOneIn(8) ? bad : Array(text().utf8)))
        }
        if random.isOneIn(3) { request.client = IPAddress(v4: UInt32(random.below(4)) << 24) }
        let texts = { (random: inout SeededRandom) in
            MetadataValue.text(ContiguousArray((random.pick(Self.texts) ?? "").utf8))
        }
        if random.isOneIn(2) {
            let value: MetadataValue =
                random.isOneIn(2) ? texts(&random) : .list((0..<random.below(3)).map { _ in texts(&random) })
            request.claims = .object([MetadataMember(name: ContiguousArray("c".utf8), value: value)])
        }
        return request
    }
}

extension PlainRequest {
    var head: RequestHead {
        var head = RequestHead()
        head.setMethod(.other)
        ContiguousArray(path.utf8).withUnsafeBytes { head.setPath($0) }
        ContiguousArray(method.utf8).withUnsafeBytes { head.headers.set(.method, $0) }
        ContiguousArray(authority.utf8).withUnsafeBytes { head.setAuthority($0) }
        for header in headers { header.value.withUnsafeBytes { head.headers.add(HeaderName(header.name), $0) } }
        if let client { head.headers.add(HeaderName("x-forwarded-for"), "\(client)") }
        return head
    }

    var metadata: RequestMetadata {
        var metadata = RequestMetadata()
        if let claims {
            metadata.set(ContiguousArray("jwt".utf8), ContiguousArray("payload".utf8), claims)
        }
        return metadata
    }
}

@Suite struct AuthorizationPropertyTests {
    /// Random rules over random requests: the compiled rules answer as the plain reading of them does.
    @Test(arguments: 0..<10 as Range<UInt64>)
    func compiledRulesAnswerAsTheReferenceDoes(seed: UInt64) throws {
        var world = PolicyWorld(random: SeededRandom(state: seed &* 7919 &+ 5))
        let manager = HTTPConnectionManager(
            statPrefix: "s",
            routeSource: .rds(name: "r", index: RouteConfigurationIndex(rawValue: 0))
        )
        var matches = 0
        var cases = 0
        // Shared, as by the connections of a worker: what others left in it must not matter.
        let scratch = AuthorizationScratch(words: 8)
        for _ in 0..<70 {
            let reference = world.reference()
            let rules = AuthorizationRules(
                action: reference.action,
                policies: reference.policies.map {
                    AuthorizationPolicy(name: $0.name, permissions: $0.permissions, principals: $0.principals)
                }
            )
            for _ in 0..<4 {
                let facts = world.facts()
                let session = AuthorizationSession(
                    rules,
                    facts: facts,
                    client: ForwardedClient(manager),
                    scratch: scratch
                )
                for _ in 0..<12 {
                    let request = world.request(facts)
                    let expected = reference.match(request)
                    let found = session.match(request.head, metadata: request.metadata)
                        .map { rules.policies[$0].name }
                    cases += 1
                    matches += expected == nil ? 0 : 1
                    guard found == expected else {
                        Issue.record("\(request)\n\(rules.action): \(found ?? "-"), not \(expected ?? "-")")
                        return
                    }
                }
            }
        }
        #expect(cases == 3360)
        // Neither side may be rare, or nothing would be tested.
        #expect(matches > cases / 10 && matches < cases * 9 / 10)
    }
}
