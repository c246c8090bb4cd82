import HTTPWire
import ProxySnapshot
import RegularExpressions
import Testing

@testable import ProxyRouting

/// Builds a request head.
func request(
    _ path: String,
    host: String = "example.com",
    method: HTTPMethod = .get,
    _ headers: [(String, String)] = []
) -> RequestHead {
    var head = RequestHead()
    head.setMethod(method)
    Array(path.utf8).withUnsafeBytes { head.setPath($0) }
    Array(host.utf8).withUnsafeBytes { head.setAuthority($0) }
    head.setScheme("http")
    for (name, value) in headers { head.headers.add(HeaderName(name), value) }
    return head
}

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

func route(_ name: String, _ match: RouteMatch, cluster: UInt32 = 0) -> Route {
    Route(
        name: name,
        match: match,
        action: .forward(RouteAction(cluster: .cluster(ClusterIndex(rawValue: cluster))))
    )
}

func table(_ hosts: [VirtualHost], ignoresPort: Bool = false) throws -> RouteConfiguration {
    RouteConfiguration(
        name: "t",
        virtualHosts: hosts,
        hosts: try VirtualHostIndex(domains: hosts.map(\.domains)),
        ignoresPortInHostMatching: ignoresPort
    )
}

@Suite struct RouteMatcherTests {
    private func decide(_ head: RequestHead, _ table: RouteConfiguration, random: UInt64 = 0) -> RouteOutcome {
        RouteMatcher.decide(head, table: table, snapshot: ProxySnapshot(), random: random)
    }

    private func name(_ outcome: RouteOutcome) -> String {
        switch outcome {
        case .matched(let decision): decision.route.name
        case .tlsRequired: "tls"
        case .noVirtualHost: "no host"
        case .noRoute: "no route"
        }
    }

    @Test(arguments: [
        (PathMatch.prefix(bytes("/foo")), true, "/foobar", true), (.prefix(bytes("/foo")), true, "/Foo", false),
        (.prefix(bytes("/foo")), false, "/FOObar", true), (.exact(bytes("/foo")), true, "/foo?a=b", true),
        (.exact(bytes("/foo")), true, "/foo/", false), (.pathSeparatedPrefix(bytes("/foo")), true, "/foo", true),
        (.pathSeparatedPrefix(bytes("/foo")), true, "/foo/x", true),
        (.pathSeparatedPrefix(bytes("/foo")), true, "/foobar", false), (.prefix(bytes("/")), true, "/", true),
    ])
    func paths(match: PathMatch, isCaseSensitive: Bool, path: String, matches: Bool) throws {
        let host = VirtualHost(
            name: "v",
            domains: ["*"],
            routes: [route("r", RouteMatch(path: match, isCaseSensitive: isCaseSensitive))]
        )
        #expect(name(decide(request(path), try table([host]))) == (matches ? "r" : "no route"))
    }

    @Test func regexMatchesTheWholePathWithoutQuery() throws {
        let match = RouteMatch(path: .regex(try RegularExpression("/v[0-9]+")))
        let host = VirtualHost(name: "v", domains: ["*"], routes: [route("r", match)])
        #expect(name(decide(request("/v12?x"), try table([host]))) == "r")
        #expect(name(decide(request("/v12/x"), try table([host]))) == "no route")
    }

    @Test(arguments: [
        ("example.com", "exact"), ("EXAMPLE.com", "exact"), ("example.com:80", "no host"), ("a.example.com", "suffix"),
        ("b.a.example.com", "longer suffix"), (".example.com", "no host"), ("www.foo", "prefix"), ("", "no host"),
    ])
    func hosts(host: String, expected: String) throws {
        let any = RouteMatch(path: .prefix(bytes("/")))
        let hosts = [
            ("exact", "example.com"), ("suffix", "*.example.com"), ("longer suffix", "*.a.example.com"),
            ("prefix", "www.*"),
        ]
        .map { VirtualHost(name: $0.0, domains: [$0.1], routes: [route($0.0, any)]) }
        #expect(name(decide(request("/", host: host), try table(hosts))) == expected)
    }

    @Test func portsAreIgnoredOnlyWhenAsked() throws {
        let any = RouteMatch(path: .prefix(bytes("/")))
        let host = VirtualHost(name: "v", domains: ["example.com"], routes: [route("r", any)])
        let ignoring = try table([host], ignoresPort: true)
        #expect(name(decide(request("/", host: "example.com:8080"), ignoring)) == "r")
        #expect(name(decide(request("/", host: "example.com:x"), ignoring)) == "no host")
    }

    @Test func duplicateDomainsAreRefused() {
        #expect(throws: DuplicateDomain(domain: "A.b")) { try VirtualHostIndex(domains: [["a.B"], ["A.b"]]) }
    }

    @Test(arguments: [
        (StringPattern.exact(bytes("x")), false, true), (.exact(bytes("y")), false, false),
        (.exact(bytes("x")), true, false), (.exact(bytes("y")), true, true), (.prefix(bytes("x")), false, true),
        (.suffix(bytes("xx")), false, false), (.contains(bytes("x")), false, true),
    ])
    func missingHeadersNeverMatchAValue(pattern: StringPattern, inverts: Bool, matches: Bool) {
        let matcher = HeaderMatcher(
            name: HeaderName("x-h"),
            value: .string(StringMatcher(pattern)),
            inverts: inverts
        )
        #expect(RouteMatcher.matches(request("/", [("x-h", "x")]).headers, matcher) == matches)
        #expect(!RouteMatcher.matches(request("/").headers, matcher))
    }

    @Test func missingHeaderCountsAsEmptyWhenAsked() {
        let without = HeaderMatcher(
            name: HeaderName("x-h"),
            value: .string(StringMatcher(.exact(bytes("x")))),
            inverts: true,
            treatsMissingAsEmpty: true
        )
        #expect(RouteMatcher.matches(request("/").headers, without))
        let absent = HeaderMatcher(name: HeaderName("x-h"), value: .present, inverts: true)
        #expect(RouteMatcher.matches(request("/").headers, absent))
        #expect(!RouteMatcher.matches(request("/", [("x-h", "")]).headers, absent))
    }

    @Test(arguments: [("a", true), ("b", true), ("a,b", false), ("c", false)])
    func eachLineOfARepeatedHeaderMatchesByItself(value: String, matches: Bool) {
        let head = request("/", [("x-h", "a"), ("x-h", "b")])
        let string = HeaderValueMatch.string(StringMatcher(.exact(bytes(value))))
        #expect(RouteMatcher.matches(head.headers, HeaderMatcher(name: HeaderName("x-h"), value: string)) == matches)
        let inverse = HeaderMatcher(name: HeaderName("x-h"), value: string, inverts: true)
        #expect(RouteMatcher.matches(head.headers, inverse) != matches)
    }

    @Test(arguments: [("5", true), ("-1", false), ("10", false), ("9x", false), ("99999999999999999999", false)])
    func rangesAreHalfOpen(value: String, matches: Bool) {
        let matcher = HeaderMatcher(name: HeaderName("x-n"), value: .range(0..<10))
        #expect(RouteMatcher.matches(request("/", [("x-n", value)]).headers, matcher) == matches)
    }

    @Test(arguments: [
        (":method", "GET"), (":path", "/p?q=1"), (":authority", "example.com"), ("host", "example.com"),
        (":scheme", "http"),
    ])
    func pseudoHeadersMatch(header: String, value: String) {
        let matcher = HeaderMatcher(name: HeaderName(header), value: .string(StringMatcher(.exact(bytes(value)))))
        #expect(RouteMatcher.matches(request("/p?q=1").headers, matcher))
    }

    @Test(arguments: [("/?a=1", true), ("/?b=2&a=1", true), ("/?a=2&a=1", false), ("/?aa=1", false), ("/", false)])
    func firstQueryParameterCounts(path: String, matches: Bool) throws {
        let match = RouteMatch(
            path: .prefix(bytes("/")),
            queryParameters: [QueryParameterMatcher(name: bytes("a"), value: StringMatcher(.exact(bytes("1"))))]
        )
        let host = VirtualHost(name: "v", domains: ["*"], routes: [route("r", match)])
        #expect(name(decide(request(path), try table([host]))) == (matches ? "r" : "no route"))
    }

    @Test func aRouteThatAsksForAClaimNeedsIt() throws {
        let staff = ValueMatcher.text(StringMatcher(.exact(bytes("staff"))))
        let group = MetadataMatcher(filter: "jwt", path: ["payload", "group"], value: staff)
        let routes = [
            route("staff", RouteMatch(path: .prefix(bytes("/")), metadata: [group])),
            route("rest", RouteMatch(path: .prefix(bytes("/")))),
        ]
        let table = try table([VirtualHost(name: "h", domains: ["*"], routes: routes)])
        func found(_ claims: RequestMetadata) -> String {
            let head = request("/")
            return name(
                RouteMatcher.decide(head, table: table, snapshot: ProxySnapshot(), metadata: claims, random: 0)
            )
        }
        var claims = RequestMetadata()
        #expect(found(claims) == "rest")
        let value = MetadataValue.text(ContiguousArray("staff".utf8))
        let payload = MetadataValue.object([MetadataMember(name: ContiguousArray("group".utf8), value: value)])
        claims.set(ContiguousArray("jwt".utf8), ContiguousArray("payload".utf8), payload)
        #expect(found(claims) == "staff")
    }

    @Test func splitFollowsTheRandomNumber() {
        let split = WeightedClusters(
            entries: [80, 0, 20].enumerated().map {
                WeightedCluster(cluster: ClusterIndex(rawValue: UInt32($0)), weight: UInt32($1))
            },
            total: 100
        )
        #expect([0, 79, 80, 99, 100].map { split.entry(random: $0) } == [0, 0, 2, 2, 0])
    }

    @Test func tlsRequirementSendsPlaintextAway() throws {
        let any = RouteMatch(path: .prefix(bytes("/")))
        let host = VirtualHost(name: "v", domains: ["*"], routes: [route("r", any)], requireTLS: .all)
        #expect(name(decide(request("/"), try table([host]))) == "tls")
        #expect(name(decide(request("/", [("x-forwarded-proto", "https")]), try table([host]))) == "r")
    }
}
