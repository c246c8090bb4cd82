import Foundation
import MeshConfig
import Testing

@Suite struct FieldSupportTests {
    private static var document: URL {
        URL(filePath: #filePath).appending(path: "../../../../Documentation/FieldsNotActedOn.md").standardized
    }

    @Test func documentIsWhatTheTableSays() throws {
        if ProcessInfo.processInfo.environment["RECORD"] == "1" {
            try FieldSupport.markdown.write(to: Self.document, atomically: true, encoding: .utf8)
        }
        let written = try String(contentsOf: Self.document, encoding: .utf8)
        #expect(written == FieldSupport.markdown, "run make docs")
    }

    @Test func fieldThatIsNotActedOnIsNamedWhenAccepted() {
        let file = decoded(
            object("DestinationRule", spec: "host: a\ntrafficPolicy: {tunnel: {targetHost: b, targetPort: 1}}")
        )
        #expect(file.objects.count == 1)
        #expect(
            file.diagnostics.map(\.description) == [
                "f.yaml:6:19: warning: DestinationRule default/x: spec.trafficPolicy.tunnel: "
                    + "is accepted, but nothing acts on it yet"
            ]
        )
    }

    @Test(arguments: [
        (
            "connectionPool: {http: {http2KeepAlive: {interval: 1s}}}",
            "is acted on by Envoy, not by the Swift engine yet"
        ),
        (
            "connectionPool: {http: {h2UpgradePolicy: UPGRADE}}",
            "UPGRADE is acted on by Envoy, not by the Swift engine yet"
        ),
    ])
    func warningSaysWhichEngineActs(policy: String, warning: String) {
        for spec in ["trafficPolicy: {\(policy)}", "subsets: [{name: v1, labels: {a: b}, trafficPolicy: {\(policy)}}]"]
        {
            let found = decoded(object("DestinationRule", spec: "host: a\n\(spec)")).diagnostics
            #expect(found.map(\.message) == [warning])
        }
    }

    @Test(arguments: [
        "tls: {mode: DISABLE}", "tls: {mode: ISTIO_MUTUAL}", "tls: {mode: SIMPLE, sni: a.example}",
        "connectionPool: {http: {http1MaxPendingRequests: 1, http2MaxRequests: 1}}",
        "connectionPool: {tcp: {connectTimeout: 1s, idleTimeout: 1s}, http: {maxRequestsPerConnection: 1}}",
        "connectionPool: {http: {h2UpgradePolicy: DO_NOT_UPGRADE}}", "loadBalancer: {simple: RANDOM}",
        "connectionPool: {tcp: {maxConnections: 1, maxConnectionDuration: 1s}}",
        "loadBalancer: {consistentHash: {useSourceIp: true}}", "loadBalancer: {warmup: {duration: 1s}}",
        "outlierDetection: {consecutive5xxErrors: 1, outlierDetectionHttpErrorCodes: [429]}",
        "loadBalancer: {localityLbSetting: {distribute: [{from: a, to: {b: 100}}]}}",
    ])
    func fieldThatIsActedOnHasNoWarning(policy: String) {
        #expect(diagnostics(object("DestinationRule", spec: "host: a\ntrafficPolicy: {\(policy)}")) == [])
    }

    @Test func serversThatAreNotServedAreNamedOneByOne() {
        let servers = """
            servers:
            - {hosts: [a.com], port: {number: 80, name: http, protocol: HTTP}}
            - {hosts: [a.com], port: {number: 443, name: https, protocol: HTTPS}, tls: {credentialName: a, mode: SIMPLE}}
            - {hosts: [a.com], name: pass, port: {number: 444, name: tls, protocol: TLS}, tls: {mode: PASSTHROUGH}}
            - {hosts: [a.com], port: {number: 31400, name: tcp, protocol: TCP}}
            - {hosts: [a.com], name: dns, port: {number: 53, name: udp, protocol: UDP}}
            - {hosts: [b.com], port: {number: 445, name: auto, protocol: TLS}, tls: {mode: AUTO_PASSTHROUGH}}
            - {hosts: [c.com], port: {number: 446, name: old, protocol: HTTPS}, tls: {credentialName: a, mode: SIMPLE, \
            minProtocolVersion: TLSV1_1}}
            """
        let found = decoded(object("Gateway", spec: servers))
        #expect(
            found.diagnostics.map { "\($0.path): \($0.message)" } == [
                "spec.servers[4].port: server \"dns\" (port 53, UDP) is accepted, but nothing acts on it yet",
                "spec.servers[5].tls.mode: AUTO_PASSTHROUGH is accepted, but nothing acts on it yet",
                "spec.servers[6].tls.minProtocolVersion: TLSV1_1 is no longer spoken; TLSV1_2 is the lowest version, and "
                    + "taken instead",
            ]
        )
    }

    @Test func rulesOfGatewaysAndPlainHTTPHaveNoWarning() {
        let routes = "http: [{route: [{destination: {host: a}}]}]"
        let rule = object("VirtualService", spec: "hosts: [a]\ngateways: [edge/public, mesh]\n\(routes)")
        #expect(diagnostics(rule) == [])
        let gateway =
            "servers: [{hosts: [a.com], port: {number: 80, name: a, protocol: http}, tls: {httpsRedirect: true}}]"
        #expect(diagnostics(object("Gateway", spec: gateway)) == [])
    }

    /// A row whose path no decoder reads would never warn.
    @Test(arguments: FieldSupport.rows)
    func rowNamesAFieldThatIsRead(row: FieldSupport.Row) {
        let path = row.path.split(separator: ": ").first?.split(separator: ".") ?? []
        let text = path.reversed().reduce("null") { inner, name in
            name.hasSuffix("[]") ? "{\(name.dropLast(2)): [\(inner)]}" : "{\(name): \(inner)}"
        }
        let found: [Diagnostic]
        if row.kind == "MeshConfig" {
            found = MeshConfiguration.decode(MeshConfigurationSource(text: text, file: "f")).diagnostics
        } else {
            let groups = ["Service": "v1", "EndpointSlice": "discovery.k8s.io/v1"]
            let group = groups[row.kind] ?? "networking.istio.io/v1"
            let head = "apiVersion: \(group), kind: \(row.kind), metadata: {name: a}"
            found = decoded("{\(head), \(text.dropFirst())").diagnostics
        }
        #expect(!found.contains { $0.message.hasPrefix("unknown field") }, "\(found)")
    }
}
