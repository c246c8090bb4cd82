import MeshConfig
import MeshModel
import Testing

/// Rules 34, 35, 63, 79 and 85 (Istio `serviceentry/conversion.go`).
@Suite struct ServiceEntriesTests {
    private func entry(_ name: String, _ spec: String, _ namespace: String = "default", created: String = "") -> String
    {
        MeshFixture.istio("ServiceEntry", name, namespace, created: created, spec: spec)
    }

    @Test(arguments: [
        ("NONE", Service.Resolution.originalDestination), ("STATIC", .eds), ("DNS", .strictDNS),
        ("DNS_ROUND_ROBIN", .logicalDNS),
    ])
    func resolutionDecidesHowEndpointsAreFound(written: String, resolution: Service.Resolution) {
        let yaml = entry(
            "x",
            "{hosts: [x.com], ports: [{number: 80, name: http, protocol: HTTP}], resolution: \(written), "
                + "addresses: [1.2.3.4]\(written == "NONE" ? "" : ", endpoints: [{address: 1.1.1.1}]")}"
        )
        #expect(MeshFixture.snapshot(yaml).services.map(\.resolution) == [resolution])
    }

    @Test func inlineEndpointsUseTheirOwnThenTheTargetPort() {
        let snapshot = MeshFixture.snapshot(
            entry(
                "x",
                "{hosts: [x.com], resolution: STATIC, ports: [{number: 80, name: http, protocol: HTTP, targetPort: 8080}],"
                    + " endpoints: [{address: 1.1.1.1, ports: {http: 90}}, {address: 1.1.1.2}, {address: 'unix:///a/b'}]}"
            )
        )
        #expect(snapshot.addresses("x.com", "default", port: 80) == ["1.1.1.1:90", "1.1.1.2:8080", "unix:///a/b:0"])
    }

    @Test func dnsHostsAreTheirOwnEndpoint() {
        let snapshot = MeshFixture.snapshot(
            entry("x", "{hosts: [x.com], resolution: DNS, ports: [{number: 443, name: tls, protocol: TLS}]}")
        )
        #expect(snapshot.addresses("x.com", "default", port: 443) == ["x.com:443"])
    }

    @Test func selectorChoosesWorkloadEntriesAndPods() {
        let yaml =
            entry(
                "x",
                "{hosts: [x.com], location: MESH_INTERNAL, resolution: STATIC, workloadSelector: {labels: {app: x}}, "
                    + "ports: [{number: 80, name: http, protocol: HTTP, targetPort: 8080}]}"
            )
            + MeshFixture.istio("WorkloadEntry", "vm", spec: "{address: 10.2.0.1, labels: {app: x}, ports: {http: 7}}")
            + MeshFixture.pod("p", ip: "10.1.0.1", app: "x")
        #expect(MeshFixture.snapshot(yaml).addresses("x.com", "default", port: 80) == ["10.1.0.1:8080", "10.2.0.1:7"])
    }

    @Test func hostsWithoutAddressGetDistinctStableOnes() {
        let ports = "ports: [{number: 80, name: tcp, protocol: TCP}], resolution: DNS"
        let a = entry("a", "{hosts: [a.com, b.com], \(ports)}")
        let z = entry("z", "{hosts: [z.com], \(ports), addresses: [9.9.9.9]}")
        func addresses(_ yaml: String) -> [String: String] {
            let services = MeshFixture.snapshot(yaml).services
            return Dictionary(uniqueKeysWithValues: services.map { ($0.hostname.text, $0.autoAllocatedAddress ?? "") })
        }
        let first = addresses(a + z)
        #expect(first == addresses(z + a))
        #expect(Set(first.values).count == 3)
        #expect(first["z.com"]?.isEmpty == true)
        #expect(first["a.com"]?.hasPrefix("240.240.") == true)
        #expect(addresses(a)["a.com"] == first["a.com"])
    }

    @Test func ofSeveralNamespacesTheOwnThenKubernetesThenTheOldestWins() {
        let host = "reviews.default.svc.cluster.local"
        let spec =
            "{hosts: [\(host)], resolution: STATIC, endpoints: [{address: 1.1.1.1}], "
            + "ports: [{number: 9080, name: http, protocol: HTTP}]}"
        let old = entry("old", spec, "a", created: "2020-01-01T00:00:00Z")
        let new = entry("new", spec, "b", created: "2021-01-01T00:00:00Z")
        let entries = MeshFixture.snapshot(new + old)
        #expect(entries.service(Hostname(host), visibleTo: "c")?.namespace == "a")
        #expect(entries.service(Hostname(host), visibleTo: "b")?.namespace == "b")
        let all = MeshFixture.snapshot(new + old + MeshFixture.service("reviews"))
        #expect(all.service(Hostname(host), visibleTo: "c")?.namespace == "default")
        #expect(all.scope(for: MeshFixture.sidecar("c")).service(for: Hostname(host))?.registry == .kubernetes)
        #expect(all.scope(for: MeshFixture.sidecar("b")).service(for: Hostname(host))?.namespace == "b")
    }
}
