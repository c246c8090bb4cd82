import CustomDump
import MeshSimulation
import Testing

@testable import MartletCommands

/// `martlet authn tls-check` from files.
@Suite struct TLSCheckTests {
    private func check(_ rules: String = "", hasProxy: Bool = true) -> MutualTLSCheck {
        let configuration = PolicyFixture.configuration(rules)
        let caller = CallerResolution.proxy(of: "sleep", namespace: "foo", in: configuration)
        return MutualTLSCheck(configuration, node: caller.node, caller: "sleep-1.foo", hasProxy: hasProxy)
    }

    private func rows(_ rules: String, of service: String = "httpbin", hasProxy: Bool = true) throws -> [MutualTLSCheck
        .Row]
    {
        let check = check(rules, hasProxy: hasProxy)
        return check.rows(of: try #require(check.service(service)))
    }

    private static let mode = ["DISABLE", "PERMISSIVE", "STRICT"]

    @Test(
        arguments: [
            // PeerAuthentication, DestinationRule, SERVER, CLIENT, STATUS
            (nil, nil, "HTTP/mTLS", "mTLS", "OK"), ("PERMISSIVE", nil, "HTTP/mTLS", "mTLS", "OK"),
            ("STRICT", nil, "mTLS", "mTLS", "OK"), ("DISABLE", nil, "HTTP", "HTTP", "OK"),
            ("STRICT", "DISABLE", "mTLS", "HTTP", "CONFLICT"), ("STRICT", "ISTIO_MUTUAL", "mTLS", "mTLS", "OK"),
            ("STRICT", "SIMPLE", "mTLS", "TLS", "CONFLICT"), ("DISABLE", "ISTIO_MUTUAL", "HTTP", "mTLS", "CONFLICT"),
            ("DISABLE", "DISABLE", "HTTP", "HTTP", "OK"), ("DISABLE", "SIMPLE", "HTTP", "TLS", "CONFLICT"),
            ("PERMISSIVE", "DISABLE", "HTTP/mTLS", "HTTP", "OK"),
            ("PERMISSIVE", "ISTIO_MUTUAL", "HTTP/mTLS", "mTLS", "OK"),
            ("PERMISSIVE", "SIMPLE", "HTTP/mTLS", "TLS", "CONFLICT"),
        ] as [(String?, String?, String, String, String)]
    )
    func bothSidesAreCompared(_ peer: String?, _ rule: String?, server: String, client: String, status: String) throws {
        let text = (peer.map { PolicyFixture.peer($0) } ?? "") + (rule.map { PolicyFixture.rule($0) } ?? "")
        let row = try #require(try rows(text).first)
        #expect([row.server, row.client, row.status.rawValue] == [server, client, status])
        #expect(row.authenticationPolicy == peer.map { _ in "default/foo" })
        #expect(row.destinationRule == rule.map { _ in "httpbin/foo" })
        #expect(row.notes.count == (status == "CONFLICT" ? 1 : 0))
    }

    @Test func portsOfConnectionsPassForeignTLSOn() throws {
        let rows = try rows(PolicyFixture.peer("DISABLE") + PolicyFixture.rule("SIMPLE"))
        expectNoDifference(
            rows.map(\.name),
            ["httpbin.foo.svc.cluster.local:8000", "httpbin.foo.svc.cluster.local:9000"]
        )
        expectNoDifference(rows.map(\.status), [.conflict, .ok])
    }

    @Test func thePolicyOfAPortIsTheOneNamed() throws {
        let own = PolicyFixture.peer(
            "PERMISSIVE",
            name: "ports",
            more: ", selector: {matchLabels: {app: httpbin}}, portLevelMtls: {9000: {mode: STRICT}}"
        )
        let rows = try rows(PolicyFixture.peer("DISABLE") + "---\n" + own)
        expectNoDifference(rows.map(\.server), ["HTTP/mTLS", "mTLS"])
        expectNoDifference(rows.map(\.authenticationPolicy), ["ports/foo", "ports/foo"])
    }

    @Test func conflictsSayWhatToChangeAndWhere() throws {
        let row = try #require(try rows(PolicyFixture.peer("STRICT") + PolicyFixture.rule("DISABLE")).first)
        expectNoDifference(
            row.notes,
            [
                "DestinationRule foo/httpbin spec.trafficPolicy.tls (rules.yaml:6:1) says DISABLE: remove that, or make "
                    + "it ISTIO_MUTUAL; or let PeerAuthentication foo/default (rules.yaml:1:1) be PERMISSIVE"
            ]
        )
    }

    @Test func aCallerWithoutProxyCallsAsItsApplicationDoes() throws {
        let row = try #require(
            try rows(PolicyFixture.peer("STRICT") + PolicyFixture.rule("ISTIO_MUTUAL"), hasProxy: false).first
        )
        #expect(row.client == "HTTP" && row.status == .conflict && row.destinationRule == nil)
        #expect(row.notes.first?.hasPrefix("sleep-1.foo has no istio-proxy") == true)
    }

    @Test func serversWithoutProxyTakePlainTextWhateverIsSaid() throws {
        let row = try #require(try rows(PolicyFixture.peer("STRICT"), of: "legacy").first)
        #expect([row.server, row.client, row.status.rawValue] == ["HTTP", "HTTP", "OK"])
        #expect(row.authenticationPolicy == nil)
        let forced = try #require(
            try rows(PolicyFixture.peer("STRICT") + PolicyFixture.rule("ISTIO_MUTUAL", host: "legacy"), of: "legacy")
                .first
        )
        #expect(forced.status == .conflict)
        #expect(forced.notes.first?.contains("no proxy stands before the servers: remove its tls") == true)
    }

    @Test func withoutEndpointsTheSelectorIsGoneBy() throws {
        let row = try #require(try rows(PolicyFixture.peer("STRICT"), of: "empty.foo").first)
        #expect([row.server, row.client, row.status.rawValue] == ["mTLS", "mTLS", "OK"])
        #expect(row.notes.count == 1)
    }

    @Test func aSubsetThatSpeaksOfTLSHasARow() throws {
        let subsets =
            ", subsets: [{name: v1, labels: {app: httpbin}, trafficPolicy: {tls: {mode: DISABLE}}}, "
            + "{name: v2, labels: {app: httpbin}}]"
        let rows = try rows(PolicyFixture.peer("STRICT") + PolicyFixture.rule("ISTIO_MUTUAL", more: subsets))
        expectNoDifference(rows.map(\.subset), [nil, "v1", nil, "v1"])
        expectNoDifference(rows.map(\.status), [.ok, .conflict, .ok, .conflict])
        #expect(rows[1].notes.first?.contains("spec.subsets[0].trafficPolicy.tls") == true)
    }

    @Test func aServiceThatASidecarHidesIsCalledInPlainText() throws {
        let sidecar = """
            ---
            apiVersion: networking.istio.io/v1
            kind: Sidecar
            metadata: {name: narrow, namespace: foo}
            spec: {egress: [{hosts: [./legacy.foo.svc.cluster.local]}]}
            """
        let row = try #require(try rows(PolicyFixture.peer("STRICT") + sidecar).first)
        #expect(row.client == "HTTP" && row.status == .conflict)
        #expect(row.notes.first?.hasPrefix("Sidecar foo/narrow") == true)
    }

    @Test func theTableHasTheColumnsOfIstioctl() throws {
        let check = check(PolicyFixture.peer("STRICT") + PolicyFixture.rule("DISABLE", host: "legacy"))
        let rows = check.services.flatMap { check.rows(of: $0) }
        let lines = TLSCheckCommand.text(rows).split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        expectNoDifference(
            Array(lines.prefix(5)),
            [
                "HOST:PORT                              STATUS     SERVER     CLIENT     AUTHN POLICY     DESTINATION RULE",
                "empty.foo.svc.cluster.local:80         OK         mTLS       mTLS       default/foo      -",
                "httpbin.foo.svc.cluster.local:8000     OK         mTLS       mTLS       default/foo      -",
                "httpbin.foo.svc.cluster.local:9000     OK         mTLS       mTLS       default/foo      -",
                "legacy.foo.svc.cluster.local:80        OK         HTTP       HTTP       -                legacy/foo",
            ]
        )
    }
}
