import HTTPWire
import ProxySnapshot
import SecurityTags
import Testing

@testable import ProxyRouting

@Suite struct PathNormalizationTests {
    private func manager(
        normalizes: Bool = true,
        merges: Bool = false,
        escapes: EscapedSlashesAction = .keepUnchanged
    ) -> HTTPConnectionManager {
        HTTPConnectionManager(
            statPrefix: "",
            routeSource: .rds(name: "r", index: RouteConfigurationIndex(rawValue: 0)),
            normalizesPath: normalizes,
            mergesSlashes: merges,
            escapedSlashesAction: escapes
        )
    }

    private func apply(_ path: String, _ manager: HTTPConnectionManager) -> (PathNormalizationOutcome, String) {
        var head = RequestHead()
        Array(path.utf8).withUnsafeBytes { head.setPath($0) }
        let outcome = PathNormalization.apply(to: &head, manager: manager)
        return (outcome, head.path.map { head.headers.string($0) } ?? "")
    }

    @Test(arguments: [
        ("/a/b", "/a/b"), ("/a/./b", "/a/b"), ("/a/../b", "/b"), ("/../b", "/b"), ("/a/..", "/"), ("/a/.", "/a/"),
        ("/a/%2e%2E/b", "/b"), ("/%61%7e", "/a~"), ("/a%2Fb", "/a%2Fb"), ("/a%2fb", "/a%2fb"), ("/a\\b", "/a/b"),
        ("/a//b", "/a//b"), ("/a b", "/a%20b"), ("/a?x=/../y%61", "/a?x=/../y%61"), ("/a/../b?q", "/b?q"),
        ("/%", "/%"), ("/%zz", "/%zz"), ("/é", "/%C3%A9"), ("/a|b", "/a|b"), ("/...", "/..."),
    ])
    func baseNormalisation(path: String, expected: String) {
        #expect(apply(path, manager()).1 == expected)
    }

    @Test func nullBytesAreRefused() {
        #expect(apply("/a%00b", manager()).0 == .rejected)
    }

    @Test func mergingComesAfterDotSegments() {
        #expect(apply("//a///b//", manager(merges: true)).1 == "/a/b/")
        #expect(apply("/a//../b", manager(merges: true)).1 == "/a/b")
        #expect(apply("/a//b?x=//", manager(normalizes: false, merges: true)).1 == "/a/b?x=//")
    }

    @Test func escapedSlashes() {
        #expect(apply("/a%2Fb%5cc", manager(escapes: .unescapeAndForward)) == (.changed, "/a/b/c"))
        #expect(apply("/a%2F..%2Fb", manager(escapes: .unescapeAndRedirect)) == (.redirect, "/b"))
        #expect(apply("/a%2Fb", manager(escapes: .rejectRequest)).0 == .rejected)
        #expect(apply("/a%61b", manager(escapes: .rejectRequest)).0 == .changed)
    }

    @Test func nothingAskedNothingDone() {
        #expect(apply("/a/../%41", manager(normalizes: false)) == (.unchanged, "/a/../%41"))
        #expect(apply("*", manager()).0 == .unchanged)
    }

    /// As Envoy 1.40 answers.
    @Test(
        .tags(.sec14),
        arguments: [
            ("/a%2%66b", "/a%252fb"), ("/a%%32fb", "/a%252fb"), ("/a%%32%66b", "/a%252fb"), ("/a%2%61", "/a%252a"),
            ("/a%25%32%66", "/a%252f"), ("/a%2%7e", "/a%2~"), ("/%2g%66", "/%2gf"), ("/%4%31", "/%2541"),
            ("/%%%32%66", "/%%252f"), ("/%2%65%2e", "/%252e."), ("/x/%2%65%2%65/a", "/x/%252e%252e/a"),
            ("/a%c%33", "/a%25c3"), ("/a%2%2f", "/a%2%2f"), ("/%%41", "/%A"), ("/%%367", "/%2567"),
        ]
    )
    func decodingMakesNoNewEscape(path: String, expected: String) {
        #expect(apply(path, manager()).1 == expected)
    }

    /// As Envoy 1.40 answers to those with plain dots; it lets those with encoded dots pass as they are.
    @Test(
        .tags(.sec14),
        arguments: [
            ("/x/..;/a", "/a"), ("/x/..;v=1/a", "/a"), ("/x/.;/a", "/x/a"), ("/x/y/..;", "/x/"), ("/x/y/.;v", "/x/y/"),
            ("/..;/a", "/a"), ("/x/..;/..;/a", "/a"), ("/x/..;?q;", "/?q;"), ("/x/%2e%2e;/a", "/a"),
            ("/x\\..;/a", "/a"),
            ("/x/...;/a", "/x/...;/a"), ("/x;v/a", "/x;v/a"), ("/;/a", "/;/a"), ("/x/..%3b/a", "/x/..%3b/a"),
        ]
    )
    func dotSegmentsHaveNoParameters(path: String, expected: String) {
        #expect(apply(path, manager()).1 == expected)
    }

    /// What policies and routes judge is what goes on, and whoever normalises it again finds nothing to do.
    @Test(
        .tags(.sec14),
        arguments: [(false, EscapedSlashesAction.keepUnchanged), (true, .keepUnchanged), (true, .unescapeAndForward)]
    )
    func normalPathsStayAsTheyAre(merges: Bool, escapes: EscapedSlashesAction) {
        let pieces = [
            "/", "//", "/../", "/./", "..", ".", "%2e", "%2E", "%2f", "%5C", "\\", "%", "2", "f", "%32", "%66", "%46",
            "5",
            "%35", "%63", "a", "%61", ";", "#", "%25", " ", "|", "%7c", "\u{e9}", "%c3",
        ]
        var state: UInt64 = 14
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        var changed = 0
        for _ in 0..<2_000 {
            let path = "/" + (0..<random(12)).map { _ in pieces[random(pieces.count)] }.joined()
            let (outcome, once) = apply(path, manager(merges: merges, escapes: escapes))
            if outcome == .changed { changed += 1 }
            let (again, twice) = apply(once, manager(merges: merges, escapes: escapes))
            #expect(again == .unchanged && twice == once, "\(path) became \(once), then \(twice)")
        }
        #expect(changed > 1_000)
    }
}
