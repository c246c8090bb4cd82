import HTTPWire
import ProxyRouting
import ProxySnapshot
import RegularExpressions
import Testing

@Suite struct HashRewriteTests {
    /// Envoy rewrites each value of a header, then sorts and hashes what is left.
    @Test(arguments: [(["q/abc"], ["abc"]), (["x/b", "y/a"], ["a", "b"]), (["abc"], ["abc"]), (["q/"], ["q/"])])
    func aHeaderIsHashedAsItsRewriteLeavesIt(values: [String], hashed: [String]) throws {
        let rewrite = try RegexRewrite(pattern: RegularExpression("^.*/(.)"), substitution: "\\1")
        let name = HeaderName("x-key")
        var head = RequestHead()
        for value in values { head.headers.add(name, value) }
        let hash = BalancingHash([HashPolicy(.header(name, rewrite: rewrite))], request: head) {
            BalancingHash.Caller(address: [], connection: (remote: [], local: []))
        }
        let expected = hashed.reduce(UInt64(0)) { XXHash64.hash(ContiguousArray($1.utf8), seed: $0) }
        #expect(hash.value == expected)
    }
}
