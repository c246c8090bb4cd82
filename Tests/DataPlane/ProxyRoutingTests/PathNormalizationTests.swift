import HTTPWire
import ProxySnapshot
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
}
