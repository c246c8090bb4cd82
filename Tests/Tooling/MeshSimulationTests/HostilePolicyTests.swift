import MeshSimulation
import SecurityTags
import Testing

/// Policies as they are written against calls as nobody should write them: through generation and our own filters.
@Suite struct HostilePolicyTests {
    private static func policy(_ action: String, _ rule: String) -> String {
        """
        apiVersion: security.istio.io/v1
        kind: AuthorizationPolicy
        metadata: {name: guard, namespace: default}
        spec: {selector: {matchLabels: {app: web}}, action: \(action), rules: [\(rule)]}

        """
    }

    private func passes(_ proxy: ProxySimulation, _ change: (inout SimulatedCall) -> Void) -> Bool {
        proxy.result(of: SimulatedSecurityTests.call(change)).explain.verdict != .denied
    }

    // MARK: Headers that come several times

    /// Lines of a header that hold these values: one each, joined in several ways, and joined in part.
    private func spellings(_ values: [String]) -> [[String]] {
        let joined = [",", ", ", " ,", ",\t", " , "].map { [values.joined(separator: $0)] }
        guard values.count == 3 else { return [values] + joined }
        return [values] + joined
            + [["\(values[0]),\(values[1])", values[2]], [values[0], "\(values[1]), \(values[2])"]]
    }

    @Test(.tags(.sec16), arguments: ["bad", "ba*", "*ad"])
    func aBadValueIsRefusedWhereverItStands(pattern: String) throws {
        func condition(_ field: String, _ value: String) -> String {
            "{when: [{key: 'request.headers[x-v]', \(field): ['\(value)']}]}"
        }
        let proxies = [
            try SimulatedSecurityTests.proxy("web", Self.policy("DENY", condition("values", pattern))),
            try SimulatedSecurityTests.proxy("web", Self.policy("ALLOW", condition("notValues", pattern))),
            try SimulatedSecurityTests.proxy("web", Self.policy("ALLOW", condition("values", "good"))),
        ]
        var count = 0
        for size in 1...3 {
            for place in 0..<size {
                var values = Array(repeating: "good", count: size)
                values[place] = "bad"
                for lines in spellings(values) {
                    count += 1
                    for (proxy, name) in zip(proxies, ["DENY", "ALLOW of all but it", "ALLOW of good"]) {
                        #expect(!passes(proxy) { $0.headers?["x-v"] = lines }, "\(name) lets \(lines) pass")
                    }
                }
            }
            let good = Array(repeating: "good", count: size)
            for proxy in proxies { #expect(passes(proxy) { $0.headers?["x-v"] = good }) }
            for lines in spellings(good) {
                #expect(passes(proxies[0]) { $0.headers?["x-v"] = lines }, "DENY refuses \(lines)")
            }
        }
        #expect(count > 30)
    }

    // MARK: Hosts

    @Test(.tags(.sec15), arguments: ["shop.example.com", "*.example.com", "shop.*", "Shop.EXAMPLE.com"])
    func aRefusedHostIsRefusedHoweverItIsWritten(pattern: String) throws {
        let deny = try SimulatedSecurityTests.proxy(
            "web",
            Self.policy("DENY", "{to: [{operation: {hosts: ['\(pattern)']}}]}")
        )
        let allow = try SimulatedSecurityTests.proxy(
            "web",
            Self.policy("ALLOW", "{to: [{operation: {notHosts: ['\(pattern)']}}]}")
        )
        for name in ["shop.example.com", "SHOP.example.com", "sHoP.eXaMpLe.CoM"] {
            for dot in ["", "."] {
                for port in ["", ":80", ":8080", ":1", ":65535"] {
                    let host = name + dot + port
                    #expect(!passes(deny) { $0.headers?["Host"] = [host] }, "DENY lets \(host) pass")
                    #expect(!passes(allow) { $0.headers?["Host"] = [host] }, "ALLOW of all but it lets \(host) pass")
                }
            }
        }
        for host in ["web", "shopXexample.com", "ashop.example.org", "example.com", "notexample.com"] {
            #expect(passes(deny) { $0.headers?["Host"] = [host] }, "DENY refuses \(host)")
        }
    }

    @Test(.tags(.sec15)) func anAdmittedHostIsAdmittedAsRoutesKnowIt() throws {
        let allow = try SimulatedSecurityTests.proxy(
            "web",
            Self.policy("ALLOW", "{to: [{operation: {hosts: [shop.example.com]}}]}")
        )
        for host in ["shop.example.com", "SHOP.Example.com", "shop.example.com:80"] {
            #expect(passes(allow) { $0.headers?["Host"] = [host] }, "\(host)")
        }
        for host in [
            "shop.example.com.", "shop.example.com.:80", "xshop.example.com", "shop.example.comx", "shopXexample.com",
        ] {
            #expect(!passes(allow) { $0.headers?["Host"] = [host] }, "\(host)")
        }
    }

    // MARK: Literals

    /// Values with a character that means something to expressions, and what an expression of it would match besides.
    private static let literals: [(value: String, others: [String])] = [
        ("a.b", ["axb", "a/b"]), ("a+b", ["ab", "aab"]), ("ab?", ["a", "ab"]), ("a[b]c", ["abc"]), ("a(b)c", ["abc"]),
        ("a|b", ["a", "b"]), ("^ab", ["ab"]), ("ab$", ["ab"]), ("a{2}", ["aa"]), ("a\\\\d", ["a1", "ad"]),
        ("(?i)ab", ["ab", "AB"]),
        (".+", ["x"]), (".", ["x"]), ("[^x]", ["y"]), ("a.*b", ["axxb", "ab"]), ("\\\\x61", ["a"]),
    ]

    @Test(.tags(.sec17), arguments: literals.indices)
    func aLiteralIsItself(_ index: Int) throws {
        let (written, others) = Self.literals[index]
        let value = written.replacing("\\\\", with: "\\")
        let identity = { (account: String) in "cluster.local/ns/default/sa/\(account)" }
        let asked: [(rule: String, call: (inout SimulatedCall, String) -> Void)] = [
            ("{when: [{key: 'request.headers[x-v]', values: [\"\(written)\"]}]}", { $0.headers?["x-v"] = [$1] }),
            ("{from: [{source: {principals: [\"\(identity(written))\"]}}]}", { $0.sourcePrincipal = identity($1) }),
            (
                "{when: [{key: source.principal, values: [\"*/sa/\(written)\"]}]}",
                { $0.sourcePrincipal = identity($1) }
            ),
            ("{when: [{key: connection.sni, values: [\"\(written)\"]}]}", { ($0.tls, $0.sni) = (.mtls, $1) }),
        ]
        for (rule, call) in asked {
            let deny = try SimulatedSecurityTests.proxy("web", Self.policy("DENY", rule))
            #expect(!passes(deny) { call(&$0, value) }, "\(rule) does not refuse \(value)")
            for other in others {
                #expect(passes(deny) { call(&$0, other) }, "\(rule) refuses \(other)")
            }
        }
    }

    @Test(.tags(.sec17)) func aLiteralOfARouteIsItself() throws {
        let deny = try SimulatedSecurityTests.proxy(
            "web",
            Self.policy("DENY", "{to: [{operation: {paths: ['/a.b', '/c+d*', '*.[e]', '/f(g)/{*}', '/h+i/{**}']}}]}")
        )
        for path in ["/a.b", "/c+d", "/c+dx", "/x.[e]", "/f(g)/x", "/h+i/x/y"] {
            #expect(!passes(deny) { $0.path = path }, "\(path)")
        }
        for path in ["/axb", "/ccd", "/cd", "/xye", "/x.e", "/fg/x", "/f(g)/x/y", "/hi/x", "/hhi/x"] {
            #expect(passes(deny) { $0.path = path }, "\(path)")
        }
    }
}
