import EnvoyAPI
import MeshConfig
import Testing

@testable import XDSGeneration

/// A rule, a call, and whether it matches: as ALLOW and as DENY, of HTTP and of connections.
struct RuleRow: Sendable, CustomTestStringConvertible {
    var rule: String
    var call: Call
    /// Four of `+` (matches), `-` (does not), `x` (the rule is left out): ALLOW of HTTP, ALLOW of TCP, DENY of HTTP, DENY
    /// of TCP.
    var expected: String
    var line: Int

    init(_ rule: String, _ call: Call, _ expected: String, line: Int = #line) {
        self.rule = rule
        self.call = call
        self.expected = expected
        self.line = line
    }

    var testDescription: String { "line \(line): \(rule)" }
}

private func source(_ fields: String) -> String { "{from: [{source: {\(fields)}}]}" }
private func operation(_ fields: String) -> String { "{to: [{operation: {\(fields)}}]}" }
private func when(_ key: String, _ fields: String) -> String { "{when: [{key: \"\(key)\", \(fields)}]}" }
private let client = "spiffe://cluster.local/ns/default/sa/client"

@Suite struct RuleTableTests {
    static let identities: [RuleRow] = [
        .init("{}", .plain, "++++"),
        .init(source("principals: [cluster.local/ns/default/sa/client]"), .plain, "++++"),
        .init(source("principals: [cluster.local/ns/default/sa/client]"), .from(nil), "----"),
        .init(source("principals: [cluster.local/ns/default/sa/cli]"), .plain, "----"),
        .init(source("principals: [cluster.local/ns/default/sa/cl*]"), .plain, "++++"),
        .init(source("principals: ['*/sa/client']"), .plain, "++++"),
        .init(source("principals: ['*/sa/client']"), .from("spiffe://x/ns/y/sa/my-client"), "----"),
        .init(source("principals: ['*']"), .plain, "++++"),
        .init(source("principals: ['*']"), .from(nil), "----"),
        .init(source("principals: ['*']"), .from(""), "----"),
        .init(source("notPrincipals: ['*']"), .from(nil), "++++"),
        .init(source("notPrincipals: ['*']"), .plain, "----"),
        .init(source("notPrincipals: [cluster.local/ns/default/sa/client]"), .plain, "----"),
        .init(source("notPrincipals: [cluster.local/ns/default/sa/client]"), .from(nil), "++++"),
        .init(source("principals: ['cluster.local/ns/de.ault/sa/client']"), .plain, "----"),
        .init(source("principals: ['*.ns/default/sa/client']"), .plain, "----"),
        .init(source("principals: ['*[a-z]client']"), .plain, "----"),
        .init(source("namespaces: [default]"), .plain, "++++"),
        .init(source("namespaces: [other, default]"), .plain, "++++"),
        .init(source("namespaces: [defaul]"), .plain, "----"),
        .init(source("namespaces: [default]"), .from("spiffe://cluster.local/ns/default-2/sa/client"), "----"),
        .init(source("namespaces: [client]"), .plain, "----"),
        .init(source("namespaces: ['def*']"), .plain, "++++"),
        .init(source("namespaces: ['*ault']"), .plain, "++++"),
        .init(source("namespaces: ['sa*']"), .from("spiffe://td/ns/ns/sa/x"), "----"),
        .init(source("namespaces: ['*ns']"), .from("spiffe://td/ns/sa/sa/x"), "----"),
        .init(source("namespaces: ['*']"), .plain, "++++"),
        .init(source("namespaces: ['*']"), .from(nil), "----"),
        .init(source("namespaces: ['d.*']"), .plain, "----"),
        .init(source("namespaces: ['d.fault']"), .plain, "----"),
        .init(source("notNamespaces: [default]"), .plain, "----"),
        .init(source("notNamespaces: [default]"), .from(nil), "++++"),
        .init(source("notNamespaces: [other]"), .plain, "++++"),
        .init(source("serviceAccounts: [client]"), .plain, "++++"),
        .init(source("serviceAccounts: [default/client]"), .plain, "++++"),
        .init(source("serviceAccounts: [other/client]"), .plain, "----"),
        .init(source("serviceAccounts: [client]"), .from("spiffe://cluster.local/ns/default/sa/my-client"), "----"),
        .init(source("serviceAccounts: [clien]"), .plain, "----"),
        .init(source("serviceAccounts: ['c.ient']"), .plain, "----"),
        .init(source("serviceAccounts: [client]"), .from("spiffe://other.td/ns/default/sa/client"), "++++"),
        .init(source("notServiceAccounts: [client]"), .plain, "----"),
        .init(source("trustDomains: [cluster.local]"), .plain, "++++"),
        .init(source("trustDomains: [cluster.loca]"), .plain, "----"),
        .init(source("trustDomains: ['cluster*']"), .plain, "++++"),
        .init(source("trustDomains: ['*.local']"), .plain, "++++"),
        .init(source("trustDomains: ['*client']"), .plain, "----"),
        .init(source("trustDomains: ['*']"), .plain, "++++"),
        .init(source("trustDomains: ['*']"), .from(nil), "----"),
        .init(source("notTrustDomains: [cluster.local]"), .plain, "----"),
        .init(source("principals: [cluster.local/ns/default/sa/client], ipBlocks: [10.2.0.0/16]"), .plain, "----"),
        .init("{from: [{source: {namespaces: [a]}}, {source: {namespaces: [default]}}]}", .plain, "++++"),
        .init(when("source.namespace", "values: [default]"), .plain, "++++"),
        .init(when("source.principal", "values: [cluster.local/ns/default/sa/client]"), .plain, "++++"),
        .init(when("source.principal", "notValues: ['*']"), .plain, "----"),
        .init(when("source.serviceAccount", "values: [default/client]"), .plain, "++++"),
        .init(when("source.trustDomain", "values: [other]"), .plain, "----"),
    ]

    static let addresses: [RuleRow] = [
        .init(source("ipBlocks: [10.1.0.0/16]"), .plain, "++++"),
        .init(source("ipBlocks: [10.1.0.9]"), .plain, "++++"),
        .init(source("ipBlocks: [10.1.0.8]"), .plain, "----"),
        .init(source("notIpBlocks: [10.1.0.8]"), .plain, "++++"),
        .init(source("ipBlocks: [10.1.0.9]"), .with { $0.peer = "10.9.9.9" }, "----"),
        .init(source("remoteIpBlocks: [1.2.3.0/24]"), .with { $0.caller = "1.2.3.4" }, "++++"),
        .init(source("remoteIpBlocks: [1.2.3.0/24]"), .with { $0.peer = "1.2.3.4" }, "----"),
        .init(source("notRemoteIpBlocks: [0.0.0.0/0]"), .plain, "----"),
        .init(when("source.ip", "values: [10.1.0.9]"), .plain, "++++"),
        .init(when("remote.ip", "notValues: [10.1.0.9]"), .plain, "----"),
        .init(when("destination.ip", "values: [10.1.0.5]"), .plain, "++++"),
        .init(when("destination.ip", "notValues: [10.1.0.5]"), .plain, "----"),
        .init(when("destination.port", "values: ['8080']"), .plain, "++++"),
        .init(when("destination.port", "values: ['80']"), .plain, "----"),
        .init(operation("ports: ['80', '8080']"), .plain, "++++"),
        .init(operation("ports: ['80']"), .plain, "----"),
        .init(operation("notPorts: ['8080']"), .plain, "----"),
        .init(when("connection.sni", "values: [web.example.com]"), .with { $0.serverName = "web.example.com" }, "++++"),
        .init(when("connection.sni", "values: ['*.example.com']"), .with { $0.serverName = "a.example.com" }, "++++"),
        .init(when("connection.sni", "values: ['*']"), .plain, "----"),
        .init(when("connection.sni", "values: ['*']"), .with { $0.serverName = "x" }, "++++"),
    ]

    static let operations: [RuleRow] = [
        .init(operation("methods: [GET]"), .plain, "+x++"),
        .init(operation("methods: [POST]"), .plain, "-x-+"),
        .init(operation("methods: ['*']"), .plain, "+x++"),
        .init(operation("methods: ['P*', '*ET']"), .plain, "+x++"),
        .init(operation("notMethods: [GET]"), .plain, "-x-+"),
        .init(operation("paths: [/a]"), .get("/a"), "+x++"),
        .init(operation("paths: [/a]"), .get("/a/b"), "-x-+"),
        .init(operation("paths: [/a]"), .get("/a?b"), "+x++"),
        .init(operation("paths: ['/a*']"), .get("/a/b"), "+x++"),
        .init(operation("paths: ['*/b']"), .get("/a/b"), "+x++"),
        .init(operation("paths: ['*']"), .get("/"), "+x++"),
        .init(operation("paths: ['/a.b']"), .get("/aXb"), "-x-+"),
        .init(operation("notPaths: [/admin]"), .get("/admin"), "-x-+"),
        .init(operation("notPaths: [/admin]"), .get("/"), "+x++"),
        .init(operation("paths: ['/a/{*}/c']"), .get("/a/b/c"), "+x++"),
        .init(operation("paths: ['/a/{*}/c']"), .get("/a/b/b/c"), "-x-+"),
        .init(operation("paths: ['/a/{*}/c']"), .get("/a//c"), "-x-+"),
        .init(operation("paths: ['/a/{**}']"), .get("/a/b/c"), "+x++"),
        .init(operation("paths: ['/a/{**}']"), .get("/b"), "-x-+"),
        .init(operation("paths: ['/a/{**}/c']"), .get("/a/x/y/c"), "+x++"),
        .init(operation("paths: ['/a.b/{*}']"), .get("/aXb/c"), "-x-+"),
        .init(operation("paths: ['/a+b/{*}']"), .get("/a+b/c"), "+x++"),
        .init(operation("paths: [/a], ports: ['8080']"), .get("/a"), "+x++"),
        .init(operation("paths: [/a], ports: ['80']"), .get("/a"), "-x--"),
        .init("{to: [{operation: {methods: [PUT]}}, {operation: {paths: [/a]}}]}", .get("/a"), "+x++"),
        .init(
            "{from: [{source: {namespaces: [other]}}], to: [{operation: {paths: [/a]}}]}",
            .get("/a"),
            "-x--"
        ),
    ]

    static let hosts: [RuleRow] = [
        .init(operation("hosts: [web.com]"), .host("web.com"), "+x++"),
        .init(operation("hosts: [web.com]"), .host("WEB.com"), "+x++"),
        .init(operation("hosts: [Web.Com]"), .host("web.com:8080"), "+x++"),
        .init(operation("hosts: [web.com]"), .host("web.com.evil.com"), "-x-+"),
        .init(operation("hosts: [web.com]"), .host("aweb.com"), "-x-+"),
        .init(operation("hosts: [web.com]"), .host("web.com."), "-x++"),
        .init(operation("hosts: [web.com]"), .host("web.com.:80"), "-x++"),
        .init(operation("hosts: ['web.com:80']"), .host("web.com:80"), "+x++"),
        .init(operation("hosts: ['web.com:80']"), .host("web.com"), "-x-+"),
        .init(operation("hosts: ['web.com:*']"), .host("web.com:80"), "+x++"),
        .init(operation("hosts: ['*.web.com']"), .host("a.web.com"), "+x++"),
        .init(operation("hosts: ['*.web.com']"), .host("a.WEB.com:80"), "+x++"),
        .init(operation("hosts: ['*.web.com']"), .host("web.com"), "-x-+"),
        .init(operation("hosts: ['*.web.com']"), .host("a.web.com."), "-x++"),
        .init(operation("hosts: ['web.*']"), .host("web.org:80"), "+x++"),
        .init(operation("hosts: ['*']"), .host("web.org"), "+x++"),
        .init(operation("notHosts: [web.com]"), .host("web.com:80"), "-x-+"),
        .init(operation("notHosts: [web.com]"), .host("web.com."), "-x++"),
        .init(operation("hosts: ['[::1]']"), .host("[::1]:80"), "+x++"),
    ]

    static let headers: [RuleRow] = [
        .init(when("request.headers[x-role]", "values: [admin]"), .header("x-role", "admin"), "+x++"),
        .init(when("request.headers[X-Role]", "values: [admin]"), .header("x-role", "admin"), "+x++"),
        .init(when("request.headers[x-role]", "values: [admin]"), .plain, "-x-+"),
        .init(when("request.headers[x-role]", "values: ['*']"), .header("x-role", ""), "+x++"),
        .init(when("request.headers[x-role]", "values: ['ad*']"), .header("x-role", "admin"), "+x++"),
        .init(when("request.headers[x-role]", "values: ['*in']"), .header("x-role", "admin"), "+x++"),
        .init(when("request.headers[x-role]", "notValues: [admin]"), .header("x-role", "admin"), "-x-+"),
        .init(when("request.headers[x-role]", "notValues: [admin]"), .plain, "+x++"),
        .init(when("request.headers[x-role]", "values: [admin]"), .header("x-role", "user,admin"), "-x++"),
        .init(when("request.headers[x-role]", "values: [admin]"), .header("x-role", "admin,user"), "-x++"),
        .init(when("request.headers[x-role]", "values: [admin]"), .header("x-role", "a, admin , b"), "-x++"),
        .init(when("request.headers[x-role]", "values: [admin]"), .header("x-role", "a,\tadmin"), "-x++"),
        .init(when("request.headers[x-role]", "values: [admin]"), .header("x-role", "user,administrator"), "-x-+"),
        .init(when("request.headers[x-role]", "values: ['ad*']"), .header("x-role", "user, admin"), "-x++"),
        .init(when("request.headers[x-role]", "values: ['*in']"), .header("x-role", "admin, user"), "-x++"),
        .init(when("request.headers[x-role]", "notValues: [admin]"), .header("x-role", "user,admin"), "-x++"),
        .init(when("request.headers[x-role]", "notValues: [admin]"), .header("x-role", "user,guest"), "+x++"),
    ]

    private static let token = Call.token(
        #"{"iss": "https://issuer/x", "sub": "alice", "aud": ["a", "b"], "azp": "app", "group": ["dev", "ops"], "#
            + #""scope": ["read", "write"], "org": {"team": ["red"], "name": "acme"}}"#
    )

    static let claims: [RuleRow] = [
        .init(source("requestPrincipals: ['https://issuer/x/alice']"), token, "+x++"),
        .init(source("requestPrincipals: ['https://issuer/x/bob']"), token, "-x-+"),
        .init(source("requestPrincipals: ['*']"), token, "+x++"),
        .init(source("requestPrincipals: ['*']"), .plain, "-x-+"),
        .init(source("requestPrincipals: ['https://issuer/x/*']"), token, "+x++"),
        .init(source("requestPrincipals: ['https://issuer/*']"), token, "-x-+"),
        .init(source("requestPrincipals: ['*/alice']"), token, "+x++"),
        .init(source("requestPrincipals: ['*/x/alice']"), token, "+x++"),
        .init(source("requestPrincipals: ['https://iss*']"), token, "-x-+"),
        .init(source("notRequestPrincipals: ['*']"), token, "-x-+"),
        .init(source("notRequestPrincipals: ['*']"), .plain, "+x++"),
        .init(when("request.auth.principal", "values: ['https://issuer/x/alice']"), token, "+x++"),
        .init(when("request.auth.audiences", "values: [b]"), token, "+x++"),
        .init(when("request.auth.audiences", "values: [c]"), token, "-x-+"),
        .init(when("request.auth.presenter", "values: [app]"), token, "+x++"),
        .init(when("request.auth.claims[group]", "values: [ops]"), token, "+x++"),
        .init(when("request.auth.claims[group]", "values: ['de*']"), token, "+x++"),
        .init(when("request.auth.claims[group]", "notValues: [ops]"), token, "-x-+"),
        .init(when("request.auth.claims[group]", "notValues: [ops]"), .plain, "+x++"),
        .init(when("request.auth.claims[org][team]", "values: [red]"), token, "+x++"),
        .init(when("request.auth.claims[org][name]", "values: ['*']"), token, "+x++"),
        .init(when("request.auth.claims[org][none]", "values: ['*']"), token, "-x-+"),
        .init(when("request.auth.claims[scope]", "values: [read]"), token, "+x++"),
        .init(
            when("experimental.envoy.filters.network.mysql_proxy[db.table]", "values: ['[update]']"),
            .with { $0.metadata["envoy.filters.network.mysql_proxy"] = .object("db.table", ["select", "update"]) },
            "++++"
        ),
        .init(
            when("experimental.envoy.filters.network.mysql_proxy[db.table]", "notValues: ['[update]']"),
            .with { $0.metadata["envoy.filters.network.mysql_proxy"] = .object("db.table", ["update"]) },
            "----"
        ),
    ]

    @Test(arguments: identities + addresses + operations + hosts + headers + claims)
    func matchesAsIstioSays(_ row: RuleRow) throws {
        let policy = "{action: %, rules: [\(row.rule)]}"
        var found = ""
        for action in ["ALLOW", "DENY"] {
            let mesh = try MeshFixture.secured(MeshFixture.policy(policy.replacing("%", with: action)))
            let name = "ns[default]-policy[p]-rule[0]"
            let http = try mesh.httpRules().first?.rules.policies[name]
            let tcp = try mesh.networkRules().first?.rules.policies[name]
            for policy in [http, tcp] {
                found += policy.map { RuleOracle.matches($0, row.call) ? "+" : "-" } ?? "x"
            }
        }
        #expect(found == row.expected, "\(row.testDescription)")
    }
}
