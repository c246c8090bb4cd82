import MeshConfig
import MeshModel
import Testing

@Suite struct KubernetesServicesTests {
    private let reviews = "reviews.default.svc.cluster.local"
    private let slice = """
        ---
        apiVersion: discovery.k8s.io/v1
        kind: EndpointSlice
        metadata: {name: reviews-1, namespace: default, labels: {kubernetes.io/service-name: reviews}}
        addressType: IPv4
        endpoints:
        - {addresses: [10.1.0.1], conditions: {ready: true}, nodeName: node-1, zone: z1, targetRef: {kind: Pod, name: a}}
        - {addresses: [10.1.0.2], conditions: {ready: false}, nodeName: node-2}
        - {addresses: [10.1.0.3], conditions: {ready: false, terminating: true}}
        ports: [{name: http, port: 8080}, {name: unknown, port: 1}]

        """

    /// Rule 75: EDS leaves out what is not ready or terminating.
    @Test func slicesGiveEndpointsWithTheirPodsIdentity() throws {
        let yaml = MeshFixture.service("reviews") + MeshFixture.pod("a", ip: "10.1.0.1", app: "reviews") + slice
        let snapshot = MeshFixture.snapshot(yaml)
        let service = try #require(snapshot.service(Hostname(reviews), namespace: "default"))
        #expect(
            snapshot.addresses(reviews, "default", port: 9080) == ["10.1.0.1:8080", "10.1.0.2:8080", "10.1.0.3:8080"]
        )
        let usable = snapshot.endpoints(of: service, port: 9080)
        #expect(usable.map(\.address) == [.ip("10.1.0.1")])
        #expect(usable.first?.serviceAccount == "reviews")
        #expect(usable.first?.labels["version"] == "v1")
        #expect(usable.first?.locality.zone == "z1")
    }

    @Test func unreadyEndpointsAreUsedOnlyWherePublished() throws {
        let yaml = MeshFixture.service("reviews", extra: "publishNotReadyAddresses: true") + slice
        let snapshot = MeshFixture.snapshot(yaml)
        let service = try #require(snapshot.service(Hostname(reviews), namespace: "default"))
        #expect(snapshot.endpoints(of: service, port: 9080).map(\.address) == [.ip("10.1.0.1"), .ip("10.1.0.2")])
    }

    @Test func localTrafficPolicyKeepsToTheCallersNode() throws {
        let yaml = MeshFixture.service("reviews", extra: "internalTrafficPolicy: Local") + slice
        let snapshot = MeshFixture.snapshot(yaml)
        let service = try #require(snapshot.service(Hostname(reviews), namespace: "default"))
        var node = MeshFixture.sidecar("default")
        node.nodeName = "node-2"
        #expect(snapshot.endpoints(of: service, port: 9080, for: node).isEmpty)
        node.nodeName = "node-1"
        #expect(snapshot.endpoints(of: service, port: 9080, for: node).map(\.address) == [.ip("10.1.0.1")])
    }

    @Test func withoutSlicesTheSelectorChoosesPods() {
        let pods =
            MeshFixture.pod("a", ip: "10.1.0.1", app: "reviews")
            + MeshFixture.pod("b", ip: "10.1.0.2", app: "other")
            + MeshFixture.pod("c", "elsewhere", ip: "10.1.0.3", app: "reviews")
        let named = MeshFixture.service("reviews").replacing("port: 9080", with: "port: 9080, targetPort: web")
        #expect(MeshFixture.snapshot(named + pods).addresses(reviews, "default", port: 9080) == ["10.1.0.1:8080"])
        let plain = MeshFixture.snapshot(MeshFixture.service("reviews") + pods)
        #expect(plain.addresses(reviews, "default", port: 9080) == ["10.1.0.1:9080"])
        let both = MeshFixture.snapshot(named + pods + slice)
        #expect(both.addresses(reviews, "default", port: 9080).count == 3)
    }

    /// Rule 85.
    @Test func servicesSelectWorkloadEntries() {
        let entry = MeshFixture.istio(
            "WorkloadEntry",
            "vm",
            labels: "{app: reviews}",
            spec: "{address: 10.2.0.1, ports: {http: 7070}}"
        )
        let snapshot = MeshFixture.snapshot(MeshFixture.service("reviews") + entry)
        #expect(snapshot.addresses(reviews, "default", port: 9080) == ["10.2.0.1:7070"])
    }

    /// Rule 34.
    @Test func headlessServicesKeepTheCallersAddress() throws {
        let yaml = MeshFixture.service("reviews").replacing("10.0.0.1", with: "None")
        let service = try #require(MeshFixture.snapshot(yaml).services.first)
        #expect(service.isHeadless)
        #expect(service.resolution == .originalDestination)
        #expect(service.addresses.isEmpty)
    }

    /// Rule 83.
    @Test func externalNamesAreAliasesThroughChains() throws {
        func alias(_ name: String, _ target: String) -> String {
            """
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: \(name), namespace: default}
            spec: {type: ExternalName, externalName: \(target), ports: [{name: http, port: 9080}]}

            """
        }
        let snapshot = MeshFixture.snapshot(
            MeshFixture.service("reviews") + alias("a", "b.default.svc.cluster.local") + alias("b", reviews)
                + alias("one", "two.default.svc.cluster.local") + alias("two", "one.default.svc.cluster.local")
                + alias("out", "example.com")
        )
        let a = try #require(snapshot.service(Hostname("a.default.svc.cluster.local"), namespace: "default"))
        #expect(a.aliasTarget?.hostname.text == reviews)
        let target = try #require(snapshot.service(Hostname(reviews), namespace: "default"))
        #expect(target.aliases.map(\.text) == ["a.default.svc.cluster.local", "b.default.svc.cluster.local"])
        #expect(snapshot.codes() == [.aliasLoop, .aliasLoop])
        let out = try #require(snapshot.service(Hostname("out.default.svc.cluster.local"), namespace: "default"))
        #expect(out.aliasTarget == nil && out.isMeshExternal)
    }

    /// Rule 11.
    @Test func annotationSaysWhoSeesAService() {
        let hidden = MeshFixture.service("reviews").replacing(
            "namespace: default",
            with: "namespace: default, annotations: {networking.istio.io/exportTo: '., shop'}"
        )
        let snapshot = MeshFixture.snapshot(hidden)
        let host = Hostname(reviews)
        #expect(snapshot.service(host, visibleTo: "default") != nil)
        #expect(snapshot.service(host, visibleTo: "shop") != nil)
        #expect(snapshot.service(host, visibleTo: "other") == nil)
        var mesh = MeshConfiguration()
        mesh.defaultServiceExportTo = ["~"]
        let none = MeshFixture.snapshot(MeshFixture.service("reviews"), mesh: mesh)
        #expect(none.service(host, visibleTo: "default") == nil)
    }

    @Test func aProxyFindsTheServicesItStandsBehind() {
        let yaml =
            MeshFixture.service("reviews").replacing("port: 9080", with: "port: 9080, targetPort: web")
            + MeshFixture.pod("a", ip: "10.1.0.1", app: "reviews")
        let snapshot = MeshFixture.snapshot(yaml)
        let byAddress = snapshot.serviceTargets(for: MeshFixture.sidecar("default", ip: "10.1.0.1"))
        #expect(byAddress.map(\.targetPort) == [8080])
        #expect(byAddress.map(\.service.name) == ["reviews"])
        var unknown = MeshFixture.sidecar("default", labels: ["app": "reviews"])
        #expect(snapshot.serviceTargets(for: unknown).isEmpty)
        unknown.metadata["POD_PORTS"] = .list([.object(["name": .string("web"), "containerPort": .number(8081)])])
        #expect(snapshot.serviceTargets(for: unknown).map(\.targetPort) == [8081])
    }

    private func distribution(field: String, annotation: String, namespace: String) -> TrafficDistribution? {
        func annotations(_ value: String) -> String {
            value.isEmpty ? "{}" : "{networking.istio.io/traffic-distribution: \(value)}"
        }
        let yaml = """
            apiVersion: v1
            kind: Namespace
            metadata: {name: default, annotations: \(annotations(namespace))}
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: reviews, namespace: default, annotations: \(annotations(annotation))}
            spec: {clusterIP: 10.0.0.1, ports: [{port: 80}]\(field.isEmpty ? "" : ", trafficDistribution: \(field)")}
            """
        return MeshFixture.snapshot(yaml).service(Hostname(reviews), namespace: "default")?.trafficDistribution
    }

    /// Istio `GetTrafficDistribution`.
    @Test func serviceFieldThenItsAnnotationThenTheNamespacesSayWhichEndpointsArePreferred() {
        #expect(distribution(field: "PreferClose", annotation: "PreferSameNode", namespace: "") == .preferSameZone)
        #expect(distribution(field: "PreferSameNode", annotation: "", namespace: "") == .preferSameNode)
        #expect(distribution(field: "", annotation: "prefersamenode", namespace: "PreferClose") == .preferSameNode)
        #expect(distribution(field: "", annotation: "", namespace: "preferclose") == .preferSameZone)
        #expect(distribution(field: "", annotation: "Any", namespace: "PreferClose") == nil)
        #expect(distribution(field: "", annotation: "", namespace: "") == nil)
    }
}
