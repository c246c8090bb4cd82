import HTTPWire
import ProxyBalancing
import ProxyRouting
import ProxySnapshot
import Testing

@testable import ProxyFilters

/// Which of 64 endpoints a running Envoy 1.40 chose (MAGLEV, table size 4099) for what a request had in it.
@Suite struct BalancingHashTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var policies: [HashPolicy]
        var headers: [(String, String)]
        var path = "/"
        /// nil: Envoy's choice was random.
        var pick: Int?
        var testDescription: String { "\(path) \(headers)" }

        init(_ policies: [HashPolicy], _ headers: [(String, String)], path: String = "/", _ pick: Int?) {
            self.policies = policies
            self.headers = headers
            self.path = path
            self.pick = pick
        }
    }

    private static func header(_ name: String, isTerminal: Bool = false) -> HashPolicy {
        HashPolicy(.header(HeaderName(name), rewrite: nil), isTerminal: isTerminal)
    }

    private static let key = [header("x-key")]
    private static let user = HashCookie(name: Array("user".utf8), ttl: nil)
    private static let cookie = [HashPolicy(.cookie(user))]
    private static let query = [HashPolicy(.queryParameter(Array("k".utf8)))]
    private static let two = [header("x-a"), header("x-b")]
    private static let either = [header("x-a", isTerminal: true), header("x-b")]
    private static let mixed = [header("x-a"), cookie[0], query[0], HashPolicy(.sourceAddress)]

    static let headers: [Row] = [
        Row(key, [("x-key", "abc")], 31),
        Row(key, [("x-key", "b"), ("x-key", "a")], 6),
        Row(key, [("x-key", "a"), ("x-key", "b")], 6),
        Row(key, [("x-key", "b,a")], 11),
        Row(key, [("x-key", "")], 34),
        Row(key, [], nil),
        Row([header(":path")], [], path: "/path/a?b", 23),
        Row([header(":method")], [], 57),
        Row([header(":authority")], [("host", "127.0.0.1:10080")], 22),
        Row([header("cookie")], [("cookie", "a=1"), ("cookie", "b=2")], 53),
        Row(two, [("x-a", "1"), ("x-b", "2")], 20),
        Row(two, [("x-b", "2")], 53),
        Row([header("x-a"), header("x-a")], [("x-a", "1")], 15),
        Row(either, [("x-a", "1"), ("x-b", "2")], 25),
        Row(either, [("x-b", "2")], 53),
        Row(mixed, [("x-a", "1"), ("cookie", "user=u")], path: "/?k=v", 44),
    ]

    static let cookies: [Row] =
        [
            ("user=abc", 31), ("a=1; user=abc; b=2", 31), ("user=\"abc\"", 31), ("user=a=b", 20),
            ("user=abc; user=def", 31), ("user=\"a", 15), ("user=a\"", 11), ("user=a b", 45), (";;user=abc", 31),
            ("user=\"a b\"; c", 45), ("user= abc ;d", 26), ("   user=abc", 31), ("user=\"", 35), ("user=abc\"; x", 37),
            ("user", nil), ("user=", nil), ("user=\"\"", nil), ("user=; user=abc", nil), (" user = abc", nil),
            ("USER=abc", nil), ("xuser=abc", nil), ("=abc", nil), ("", nil),
        ].map { Row(cookie, [("cookie", $0.0)], $0.1) } + [
            Row(cookie, [("cookie", "a=1"), ("cookie", "user=abc")], 31),
            Row(cookie, [("cookie", "user=def"), ("cookie", "user=abc")], 3),
        ]

    static let queries: [Row] = [
        ("?k=abc", 31), ("?a=1&k=abc", 31), ("?k=a%20b", 53), ("?k=", 34), ("?k", 34), ("?k=1&k=2", 25),
        ("?k=a+b", 50), ("?K=abc", nil), ("?kk=abc", nil), ("?%6b=abc", nil), ("?", nil), ("?a=1?k=abc", nil),
        ("", nil),
    ].map { Row(query, [], path: "/query/\($0.0)", $0.1) }

    @Test(arguments: headers + cookies + queries)
    func findsEnvoysEndpoint(row: Row) {
        expectPick(row)
    }

    private func expectPick(_ row: Row) {
        var head = RequestHead()
        head.setMethod(.get)
        head.setPath(ContiguousArray(row.path.utf8))
        for (name, value) in row.headers { head.headers.add(HeaderName(name), value) }
        let hash = BalancingHash(row.policies, request: head) {
            BalancingHash.Caller(address: Self.bytes("127.0.0.1"), connection: (remote: [], local: []))
        }
        #expect(hash.cookies.isEmpty)
        #expect(hash.value.flatMap { Self.table.pick($0) } == row.pick)
    }

    private static func bytes(_ text: String) -> ContiguousArray<UInt8> { ContiguousArray(text.utf8) }

    private static let table = HashTable(
        HashTableInput(
            .maglev(tableSize: 4099),
            (0..<64).map { index in
                let address = IPAddress(v4: 0x7F00_0101 + UInt32(index))
                return HashTableInput.Member(
                    index: index,
                    address: .socket(SocketAddressValue(address: address, port: 9000)),
                    weight: 1 / 64
                )
            }
        )
    )

    // MARK: Generated cookies

    /// What Envoy sent to the connection 127.0.0.1:47390 -> 127.0.0.1:10080.
    @Test(
        arguments: [
            (
                HashCookie(
                    name: Array("user".utf8),
                    ttl: 60,
                    path: Array("/p".utf8),
                    attributes: [
                        (Array("SameSite".utf8), Array("Strict".utf8)), (Array("Secure".utf8), []),
                    ]
                ),
                "user=\"5178df4ca8a33173\"; Max-Age=60; Path=/p; SameSite=Strict; Secure; HttpOnly"
            ),
            (HashCookie(name: Array("user".utf8), ttl: 0), "user=\"5178df4ca8a33173\"; HttpOnly"),
            (HashCookie(name: Array("user".utf8), ttl: nil), nil),
        ] as [(HashCookie, String?)]
    )
    func makesACookieForACallerWithoutOne(cookie: HashCookie, line: String?) {
        let hash = hash(of: [HashPolicy(.cookie(cookie))], cookie: nil)
        #expect(hash.cookies.map { String(decoding: $0, as: UTF8.self) } == (line.map { [$0] } ?? []))
        #expect((hash.value == nil) == (line == nil))
    }

    /// The caller that sends the cookie back comes to the same endpoint.
    @Test func theHashOfAGeneratedCookieIsThatOfItsValue() {
        let policies = [HashPolicy(.cookie(HashCookie(name: Array("user".utf8), ttl: 0)))]
        let first = hash(of: policies, cookie: nil)
        let second = hash(of: policies, cookie: "user=\"5178df4ca8a33173\"")
        #expect(first.value == second.value)
        #expect(second.cookies.isEmpty)
    }

    @Test func anEmptyCookieIsNone() {
        let policies = [HashPolicy(.cookie(HashCookie(name: Array("user".utf8), ttl: 0)))]
        #expect(hash(of: policies, cookie: "user=").cookies.count == 1)
    }

    private func hash(of policies: [HashPolicy], cookie: String?) -> BalancingHash {
        var head = RequestHead()
        head.setPath(Self.bytes("/"))
        if let cookie { head.headers.add(.cookie, cookie) }
        return BalancingHash(policies, request: head) {
            BalancingHash.Caller(
                address: Self.bytes("127.0.0.1"),
                connection: (remote: Self.bytes("127.0.0.1:47390"), local: Self.bytes("127.0.0.1:10080"))
            )
        }
    }

    // MARK: Callers

    /// The address that Envoy hashed: hops that are trusted, an edge or not, `x-forwarded-for` as it came.
    @Test(
        arguments: [
            (0, false, "1.2.3.4", "1.2.3.4"), (0, false, "1.1.1.1, 2.2.2.2", "2.2.2.2"),
            (0, false, "1.1.1.1,2.2.2.2 ", "2.2.2.2"), (0, false, "foo", "127.0.0.1"),
            (0, false, "1.1.1.1, foo", "127.0.0.1"), (0, false, "::1", "::1"), (0, false, "1.2.3.4:80", "127.0.0.1"),
            (0, false, "2001:DB8:0::1", "2001:db8::1"), (0, false, "", "127.0.0.1"),
            (0, false, "1.2.3.4,", "127.0.0.1"),
            (0, false, nil, "127.0.0.1"), (1, false, "1.1.1.1, 2.2.2.2", "1.1.1.1"), (1, false, "2.2.2.2", "127.0.0.1"),
            (0, true, "1.2.3.4", "127.0.0.1"), (1, true, "1.1.1.1, 2.2.2.2", "2.2.2.2"),
            (2, true, "1.1.1.1, 2.2.2.2", "1.1.1.1"), (3, true, "1.1.1.1, 2.2.2.2", "127.0.0.1"),
        ] as [(Int, Bool, String?, String)]
    )
    func aCallerIsWhomTrustedProxiesName(hops: Int, isEdge: Bool, forwarded: String?, caller: String) {
        for skipsAppend in [false, true] {
            var head = RequestHead()
            if let forwarded { head.headers.add(.xForwardedFor, forwarded) }
            let manager = HTTPConnectionManager(
                statPrefix: "m",
                routeSource: .rds(name: "r", index: RouteConfigurationIndex(rawValue: 0)),
                usesRemoteAddress: isEdge,
                xffTrustedHops: hops,
                skipsXFFAppend: skipsAppend
            )
            let loopback = IPAddress(v4: 0x7F00_0001)
            let facts = DownstreamFacts(
                remote: SocketAddressValue(address: loopback, port: 4000),
                local: SocketAddressValue(address: loopback, port: 8080)
            )
            ConnectionManagerHeaders.prepare(&head, manager: manager, facts: facts, random: (1, 2))
            let named = ForwardedClient(manager).address(in: head.headers).map { "\($0)" }
            #expect((named ?? String(decoding: facts.remoteAddressText, as: UTF8.self)) == caller)
        }
    }
}
