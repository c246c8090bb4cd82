import HTTPWire
import Testing

@testable import ProxyFilters

/// What an authorization service changes of a query.
@Suite struct QueryEditTests {
    private static func bytes(_ text: String) -> ContiguousArray<UInt8> { ContiguousArray(text.utf8) }

    @Test(
        arguments: [
            ("/a", ["b=1"], "/a?b=1"), ("/a?z=1&b=2&c", ["b=3"], "/a?b=3&c=&z=1"), ("/a?b=1&b=2&a=0", ["b"], "/a?a=0"),
            ("/a?b=1", ["b"], "/a"), ("/a?c=1&c=0&b=%20", ["x"], "/a?b=%20&c=1&c=0"), ("/a?", ["x"], "/a"),
            ("/a?b=1", ["b=1"], "/a?b=1"), ("/a?B=1", ["b=2", "b=3", "c"], "/a?B=1&b=3"),
        ]
    )
    func parametersAreSetAndRemoved(path: String, edits: [String], expected: String) throws {
        var head = RequestHead()
        head.setPath(Self.bytes(path))
        head.edit(
            query: edits.map { edit in
                let parts = edit.split(separator: "=", maxSplits: 1)
                let value = parts.dropFirst().first.map { Self.bytes(String($0)) }
                return .init(name: Self.bytes(String(parts.first ?? "")), value: value)
            }
        )
        #expect(head.path.map { head.headers.string($0) } == expected)
    }
}
