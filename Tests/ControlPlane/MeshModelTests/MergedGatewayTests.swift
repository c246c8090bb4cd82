import MeshConfig
import MeshModel
import Testing

@Suite struct MergedGatewayTests {
    private static let ingress =
        """
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: ingress, namespace: edge}
        spec:
          clusterIP: 10.0.0.9
          selector: {istio: ingressgateway}
          ports: [{name: http2, port: 80, targetPort: 8080}, {name: https, port: 443, targetPort: web}]
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: ingress-1, namespace: edge, labels: {istio: ingressgateway}}
        spec: {containers: [{name: istio-proxy, image: x, ports: [{name: web, containerPort: 8443}]}]}
        status: {podIP: 10.1.0.1, phase: Running}

        """

    private static func router(_ ip: String = "10.1.0.1", labels: [String: String] = [:]) -> ProxyNode {
        var node = MeshFixture.sidecar("edge", ip: ip, labels: labels)
        node.kind = .router
        return node
    }

    private static func gateway(_ name: String, created: String = "", _ servers: String...) -> String {
        let spec = "{selector: {istio: ingressgateway}, servers: [\(servers.joined(separator: ", "))]}"
        return MeshFixture.istio("Gateway", name, "shop", created: created, spec: spec)
    }

    private static func server(_ port: Int, _ protocol: String = "HTTP", hosts: String = "'*'", extra: String = "")
        -> String
    {
        "{port: {number: \(port), name: p\(port)-\(`protocol`), protocol: \(`protocol`)}, hosts: [\(hosts)]\(extra)}"
    }

    private static let tls = ", tls: {mode: SIMPLE, credentialName: c}"

    private func ports(_ yaml: String, node: ProxyNode = router()) -> [String] {
        MeshFixture.snapshot(yaml).scope(for: node).gateway.ports.map { port in
            let members = port.members.map { "\($0.gatewayName):\($0.port)" }.joined(separator: " ")
            return "\(port.routeName) \(port.protocol.rawValue) \(members)"
        }
    }

    @Test func portsOfTheServiceAreTranslatedAndOthersTakenAsWritten() {
        let secured = Self.server(443, "HTTPS", extra: Self.tls)
        let yaml =
            Self.ingress + Self.gateway("a", Self.server(80), secured, Self.server(8080), Self.server(31400))
        #expect(
            ports(yaml) == [
                "http.8080 HTTP shop/a:80 shop/a:8080", "http.8443 HTTPS shop/a:443", "http.31400 HTTP shop/a:31400",
            ]
        )
        let label = "labels: {experimental.istio.io/disable-gateway-port-translation: 'true'}"
        let name = "name: ingress, namespace: edge"
        let opted = yaml.replacing("{\(name)}", with: "{\(name), \(label)}")
        #expect(ports(opted).first == "http.80 HTTP shop/a:80")
    }

    @Test func gatewaysOfAnyNamespaceSelectByLabels() {
        let other = MeshFixture.istio(
            "Gateway",
            "other",
            spec: "{selector: {istio: egressgateway}, servers: [\(Self.server(81))]}"
        )
        let all = MeshFixture.istio("Gateway", "all", spec: "{servers: [\(Self.server(82))]}")
        let yaml = Self.ingress + Self.gateway("a", Self.server(80)) + other + all
        #expect(ports(yaml) == ["http.8080 HTTP shop/a:80", "http.82 HTTP default/all:82"])
        #expect(ports(yaml, node: Self.router("10.1.0.2")) == ["http.82 HTTP default/all:82"])
        let said = Self.router("10.1.0.2", labels: ["istio": "egressgateway"])
        #expect(ports(yaml, node: said) == ["http.82 HTTP default/all:82", "http.81 HTTP default/other:81"])
        #expect(ports(yaml, node: MeshFixture.sidecar("edge", ip: "10.1.0.1")).isEmpty)
    }

    @Test func olderGatewayWinsAPortOfAnotherProtocol() throws {
        let yaml =
            Self.ingress
            + Self.gateway("a-new", created: "2026-01-02T00:00:00Z", Self.server(443, "HTTP"), Self.server(80, "TCP"))
            + Self.gateway(
                "z-old",
                created: "2026-01-01T00:00:00Z",
                Self.server(443, "HTTPS", extra: Self.tls),
                Self.server(80, "HTTP2")
            )
        #expect(ports(yaml) == ["http.8443 HTTPS shop/z-old:443", "http.8080 HTTP2 shop/z-old:80"])
        let found = MeshFixture.snapshot(yaml).diagnostics
        #expect(found.map(\.code) == [.gatewayServerConflict, .gatewayServerConflict])
        #expect(
            found.first?.message
                == "server p443-HTTP (port 443, HTTP) is ignored: Gateway shop/z-old already serves HTTPS on port 8443"
        )
        #expect(found.allSatisfy { $0.location?.file == "mesh.yaml" && $0.object.name == "a-new" })
    }

    @Test func aHostHasTLSSettingsOnceAPort() {
        let secured = { (hosts: String) in Self.server(443, "HTTPS", hosts: hosts, extra: Self.tls) }
        let yaml = Self.ingress + Self.gateway("a", secured("x.com, y.com")) + Self.gateway("b", secured("y.com"))
        #expect(ports(yaml) == ["http.8443 HTTPS shop/a:443"])
        #expect(MeshFixture.snapshot(yaml).codes() == [.gatewayServerConflict])
    }

    @Test func addressesAreToldApart() {
        let bound = Self.server(80, extra: ", bind: 10.1.0.1")
        let everywhere = Self.server(80, extra: ", bind: 0.0.0.0").replacing("p80", with: "q80")
        #expect(
            ports(Self.ingress + Self.gateway("a", Self.server(80), everywhere) + Self.gateway("b", bound)) == [
                "http.8080 HTTP shop/a:80 shop/a:80", "http.8080.10.1.0.1 HTTP shop/b:80",
            ]
        )
    }

    @Test(arguments: [
        (["*"], ["a.com"], "shop", ["a.com"]),
        (["*.com"], ["a.com", "b.org", "*.x.com"], "shop", ["a.com", "*.x.com"]),
        (["a.com", "b.com"], ["*"], "shop", ["a.com", "b.com"]),
        (["other/a.com", "./b.com", "*/c.com"], ["*.com"], "shop", ["b.com", "c.com"]),
        (["other/a.com", "./b.com", "*/c.com"], ["*.com"], "other", ["a.com", "c.com"]),
        (["A.com"], ["a.COM"], "shop", ["a.com"]),
        (["*.com"], ["com", "*"], "shop", ["*.com"]),
    ])
    func hostsMeet(server: [String], rule: [String], namespace: String, shared: [String]) {
        let hosts = server.map { GatewayHost($0, gatewayNamespace: "shop") }
        #expect(hosts.shared(with: rule.map(Hostname.init), of: namespace).map(\.text) == shared)
    }

    @Test func rulesComeToTheGatewaysTheyName() {
        let route = "http: [{route: [{destination: {host: web}}]}]"
        func rule(_ name: String, _ namespace: String, _ rest: String) -> String {
            MeshFixture.istio("VirtualService", name, namespace, spec: "{hosts: [\(name).com], \(rest), \(route)}")
        }
        let yaml =
            Self.ingress + Self.gateway("a", Self.server(80)) + Self.gateway("b", Self.server(81))
            + MeshFixture.service("web", "shop") + MeshFixture.service("web", "other")
            + rule("short", "shop", "gateways: [a]") + rule("long", "other", "gateways: [shop/a, shop/b, mesh]")
            + rule("strange", "other", "gateways: [a]") + rule("mesh", "shop", "gateways: [mesh]")
            + rule("private", "shop", "gateways: [a], exportTo: ['.']")
        let snapshot = MeshFixture.snapshot(yaml)
        let scope = snapshot.scope(for: Self.router())
        #expect(scope.virtualServices(gateway: "shop/a").map(\.name) == ["long", "short"])
        #expect(scope.virtualServices(gateway: "shop/b").map(\.name) == ["long"])
        #expect(scope.virtualServices.map(\.name) == ["long", "short"])
        let found = snapshot.diagnostics
        #expect(found.map(\.code) == [.unknownGateway])
        #expect(found.first?.message == "Gateway other/a does not exist; the rule has no effect there")
    }
}
