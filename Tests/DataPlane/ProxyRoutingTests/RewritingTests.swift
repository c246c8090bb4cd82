import HTTPWire
import ProxySnapshot
import RegularExpressions
import Testing

@testable import ProxyRouting

@Suite struct RewritingTests {
    private func decision(_ match: PathMatch, _ action: RouteAction, _ changes: HeaderModifications? = nil) throws
        -> RouteDecision
    {
        let route = Route(
            name: "r",
            match: RouteMatch(path: match),
            action: .forward(action),
            requestHeaders: changes ?? HeaderModifications()
        )
        let host = VirtualHost(name: "v", domains: ["*"], routes: [route])
        return RouteDecision(table: try table([host]), virtualHost: host, route: route, cluster: nil)
    }

    private let target = ClusterTarget.cluster(ClusterIndex(rawValue: 0))

    @Test(arguments: [
        (PathMatch.prefix(bytes("/api")), "/api/x?q=1", "/v2/x?q=1"), (.exact(bytes("/api")), "/api?q", "/v2?q"),
        (.pathSeparatedPrefix(bytes("/api")), "/api", "/v2"),
    ])
    func prefixRewriteKeepsTheRest(match: PathMatch, path: String, expected: String) throws {
        var head = request(path)
        let action = RouteAction(cluster: target, pathRewrite: .prefix(bytes("/v2")))
        try decision(match, action).finalizeRequest(&head, context: HeaderValueContext())
        #expect(head.path.map { head.headers.string($0) } == expected)
        #expect(head.headers.string(of: .xEnvoyOriginalPath) == path)
    }

    @Test func regexRewriteLeavesTheQuery() throws {
        var head = request("/a/1?x=/a/2")
        let rewrite = RegexRewrite(pattern: try RegularExpression("/a/([0-9])"), substitution: "/b/\\1")
        let action = RouteAction(cluster: target, pathRewrite: .regex(rewrite))
        try decision(.prefix(bytes("/")), action).finalizeRequest(&head, context: HeaderValueContext())
        #expect(head.path.map { head.headers.string($0) } == "/b/1?x=/a/2")
    }

    @Test func hostRewriteKeepsTheOldHost() throws {
        var head = request("/")
        let action = RouteAction(cluster: target, hostRewrite: .literal(bytes("new")), appendsXForwardedHost: true)
        try decision(.prefix(bytes("/")), action).finalizeRequest(&head, context: HeaderValueContext())
        #expect(head.authority.map { head.headers.string($0) } == "new")
        #expect(head.headers.string(of: .xForwardedHost) == "example.com")
        #expect(head.headers.string(of: .xEnvoyOriginalHost) == "example.com")
    }

    @Test func automaticHostRewriteWaitsForTheEndpoint() throws {
        var head = request("/")
        let decision = try decision(.prefix(bytes("/")), RouteAction(cluster: target, hostRewrite: .automatic))
        decision.finalizeRequest(&head, context: HeaderValueContext())
        #expect(head.authority.map { head.headers.string($0) } == "example.com")
        decision.automaticHostRewrite(on: &head, hostname: "node-1")
        #expect(head.authority.map { head.headers.string($0) } == "node-1")
    }

    @Test func headerChangesRemoveOverwriteAndAppend() throws {
        var head = request("/", [("x-gone", "1"), ("x-old", "1"), ("x-more", "1"), ("x-there", "1")])
        func add(_ name: String, _ value: HeaderValueTemplate, _ action: HeaderAppendAction) -> HeaderAddition {
            HeaderAddition(name: HeaderName(name), value: value, action: action)
        }
        let changes = HeaderModifications(
            removals: [HeaderName("x-gone")],
            additions: [
                add("x-more", .literal(bytes("2")), .appendIfExistsOrAdd),
                add("x-old", .literal(bytes("2")), .overwriteIfExistsOrAdd),
                add("x-there", .literal(bytes("2")), .addIfAbsent),
                add("x-not", .literal(bytes("2")), .overwriteIfExists),
                add("x-empty", .literal([]), .appendIfExistsOrAdd),
                add(
                    "x-pieces",
                    .pieces([
                        .literal(bytes("p=")),
                        .command(.requestHeader(HeaderName(":path"), alternative: nil, maximumLength: 2)),
                        .command(.downstreamLocalPort), .command(.requestedServerName),
                    ]),
                    .appendIfExistsOrAdd
                ),
            ]
        )
        var context = HeaderValueContext()
        context.downstreamLocal = SocketAddressValue(address: IPAddress(v4: 1), port: 8080)
        try decision(.prefix(bytes("/")), RouteAction(cluster: target), changes)
            .finalizeRequest(&head, context: context)
        let lines = head.headers.lines.filter { $0.name.hasPrefix("x-") }.map { "\($0.name): \($0.value)" }
        #expect(
            lines.sorted() == [
                "x-more: 1", "x-more: 2", "x-old: 2", "x-pieces: p=/8080", "x-there: 1",
            ]
        )
    }

    @Test(arguments: [
        (RedirectAction(path: .path(bytes("/new"))), "/old?q=1", "h:80", "http://h:80/new?q=1"),
        (RedirectAction(scheme: .https), "/x", "h:80", "https://h/x"),
        (RedirectAction(scheme: .https, port: 8443), "/x", "h:80", "https://h:8443/x"),
        (RedirectAction(host: "other"), "/x?y", "h", "http://other/x?y"),
        (RedirectAction(path: .prefix(bytes("/new"))), "/old/x?q", "h", "http://h/new/x?q"),
        (RedirectAction(path: .path(bytes("/n?a=b"))), "/old?q", "h", "http://h/n?a=b"),
        (RedirectAction(stripsQuery: true), "/x?y", "[::1]:8080", "http://[::1]:8080/x"),
    ])
    func redirects(action: RedirectAction, path: String, host: String, expected: String) {
        let head = request(path, host: host)
        let location = RedirectLocation.of(action, head: head, match: RouteMatch(path: .prefix(bytes("/old"))))
        #expect(String(decoding: location, as: UTF8.self) == expected)
    }

    @Test func httpsRedirectKeepsTheURL() {
        #expect(RedirectLocation.https(request("/a?b", host: "h:8080")) == bytes("https://h:8080/a?b"))
    }

    @Test func startTimes() {
        let time = Duration.seconds(951_782_400) + .milliseconds(7)
        #expect(StartTimeFormat.text(time, "") == "2000-02-29T00:00:00.007Z")
        #expect(StartTimeFormat.text(time, "%s.%3f") == "951782400.007")
        #expect(CivilDate(daysSinceEpoch: -1).day == 31)
    }
}
