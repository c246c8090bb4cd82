import MeshConfig
import MeshModel
import Testing

/// Rules 62 to 65 (Istio `sidecar.go`).
@Suite struct ProxyScopeTests {
    private let services =
        MeshFixture.service("a", "one") + MeshFixture.service("b", "two")
        + MeshFixture.service("c", "istio-system")

    private func sidecar(_ name: String, _ namespace: String, _ spec: String) -> String {
        MeshFixture.istio("Sidecar", name, namespace, spec: spec)
    }

    private func hosts(_ yaml: String, _ node: ProxyNode) -> [String] {
        MeshFixture.snapshot(yaml).scope(for: node).services.map(\.name)
    }

    @Test func withoutSidecarEverythingVisibleIsImported() {
        let scope = MeshFixture.snapshot(services).scope(for: MeshFixture.sidecar("one"))
        #expect(scope.services.map(\.name) == ["a", "b", "c"])
        #expect(scope.sidecar == nil)
        #expect(scope.egressListeners.count == 1)
        #expect(scope.outboundTrafficPolicy == .allowAny)
    }

    @Test(arguments: [
        (["./*"], ["a"]),
        (["*/*"], ["a", "b", "c"]),
        (["two/*"], ["b"]),
        (["*/b.two.svc.cluster.local"], ["b"]),
        (["./*", "istio-system/*"], ["a", "c"]),
        (["~/*"], []),
        (["*/*", "~two/*"], ["a", "c"]),
        (["*/*.two.svc.cluster.local"], ["b"]),
    ])
    func egressHostsChooseServices(written: [String], expected: [String]) {
        let list = written.map { "'\($0)'" }.joined(separator: ", ")
        let yaml = services + sidecar("s", "one", "{egress: [{hosts: [\(list)]}]}")
        #expect(hosts(yaml, MeshFixture.sidecar("one")) == expected)
    }

    @Test func selectorThenNamespaceDefaultThenRootDefault() {
        let yaml =
            services + sidecar("root", "istio-system", "{egress: [{hosts: ['./*']}]}")
            + sidecar("default", "two", "{egress: [{hosts: ['one/*']}]}")
            + sidecar("chosen", "two", "{workloadSelector: {labels: {app: x}}, egress: [{hosts: ['~/*']}]}")
        #expect(hosts(yaml, MeshFixture.sidecar("one")) == ["a"])
        #expect(hosts(yaml, MeshFixture.sidecar("two")) == ["a"])
        #expect(hosts(yaml, MeshFixture.sidecar("two", labels: ["app": "x"])).isEmpty)
        let router = ProxyNode(
            kind: .router,
            id: "gw.one",
            ipAddresses: ["10.9.9.8"],
            namespace: "one",
            dnsDomain: "one.svc.cluster.local"
        )
        #expect(hosts(yaml, router) == ["a", "b", "c"])
    }

    @Test func aSidecarWithoutEgressDoesNotInheritTheRoots() {
        let yaml =
            services + sidecar("root", "istio-system", "{egress: [{hosts: ['./*']}]}")
            + sidecar("default", "one", "{outboundTrafficPolicy: {mode: REGISTRY_ONLY}}")
        let scope = MeshFixture.snapshot(yaml).scope(for: MeshFixture.sidecar("one"))
        #expect(scope.services.map(\.name) == ["a", "b", "c"])
        #expect(scope.outboundTrafficPolicy == .registryOnly)
    }

    @Test func destinationsOfImportedRulesAreImportedToo() {
        let yaml =
            services + sidecar("s", "one", "{egress: [{hosts: ['./*']}]}")
            + MeshFixture.istio(
                "VirtualService",
                "r",
                "one",
                spec: "{hosts: [a], http: [{route: [{destination: {host: b.two.svc.cluster.local}}]}]}"
            )
        let scope = MeshFixture.snapshot(yaml).scope(for: MeshFixture.sidecar("one"))
        #expect(scope.services.map(\.name) == ["a", "b"])
        #expect(scope.virtualServices.map(\.name) == ["r"])
        #expect(scope.egressListeners.first?.services.map(\.name) == ["a"])
    }

    @Test func aListenerWithAPortKeepsOnlyThatPort() {
        let two = MeshFixture.service("a", "one").replacing(
            "{name: http, port: 9080}",
            with: "{name: http, port: 9080}, {name: tcp, port: 9090}"
        )
        let yaml =
            two + MeshFixture.service("b", "two")
            + sidecar(
                "s",
                "one",
                "{egress: [{port: {number: 9090, protocol: TCP, name: t}, hosts: ['*/*']}]}"
            )
        let scope = MeshFixture.snapshot(yaml).scope(for: MeshFixture.sidecar("one"))
        #expect(scope.services.map(\.name) == ["a"])
        #expect(scope.services.first?.ports.map(\.number) == [9090])
    }

    @Test func proxiesThatRulesDoNotTellApartShareAKey() {
        let one = MeshFixture.sidecar("one", labels: ["app": "x", "pod": "1"])
        let two = MeshFixture.sidecar("one", labels: ["app": "y", "pod": "2"])
        let plain = MeshFixture.snapshot(services)
        #expect(plain.scopeKey(for: one) == plain.scopeKey(for: two))
        let rule = MeshFixture.istio(
            "VirtualService",
            "r",
            "one",
            spec: "{hosts: [a], http: [{match: [{sourceLabels: {app: x}}], route: [{destination: {host: a}}]}]}"
        )
        let labelled = MeshFixture.snapshot(services + rule)
        #expect(labelled.scopeKey(for: one) != labelled.scopeKey(for: two))
        #expect(labelled.scopeKey(for: one).sourceLabels == ["app": "x"])
    }

    @Test func policiesOfTheScopeAreTheClients() {
        let yaml =
            services + MeshFixture.istio("DestinationRule", "d", "one", spec: "{host: '*.two.svc.cluster.local'}")
        let snapshot = MeshFixture.snapshot(yaml)
        let host = Hostname("b.two.svc.cluster.local")
        #expect(snapshot.scope(for: MeshFixture.sidecar("one")).destinationPolicy(for: host)?.metadata.name == "d")
        #expect(snapshot.scope(for: MeshFixture.sidecar("two")).destinationPolicy(for: host) == nil)
    }

    @Test func aSecondNamespaceDefaultIsReported() {
        let yaml =
            sidecar("a", "one", "{egress: [{hosts: ['./*']}]}") + sidecar("b", "one", "{egress: [{hosts: ['*/*']}]}")
        #expect(MeshFixture.snapshot(yaml).codes() == [.sidecarConflict])
    }

    @Test func destinationsForOtherCallersAreNotImported() {
        let routes = "{match: [{sourceNamespace: two}], route: [{destination: {host: b.two.svc.cluster.local}}]}"
        let yaml =
            services + sidecar("s", "one", "{egress: [{hosts: ['./*']}]}")
            + MeshFixture.istio(
                "VirtualService",
                "r",
                "one",
                spec: "{hosts: [a], http: [\(routes), {route: [{destination: {host: a}}]}]}"
            )
        #expect(hosts(yaml, MeshFixture.sidecar("one")) == ["a"])
    }
}
