import MeshConfig
import MeshModel
import Testing

/// Rule 77: what changed decides who is pushed to.
@Suite struct MeshChangeTests {
    private let service = MeshFixture.service("reviews")
    private let key = ServiceKey(hostname: Hostname("reviews.default.svc.cluster.local"), namespace: "default")

    @Test func theFirstSnapshotIsAFullChange() {
        let (snapshot, change) = MeshSnapshot.next(previous: nil, config: MeshFixture.config(service))
        #expect(change.isFull && !change.isEndpointsOnly)
        #expect(snapshot.version == 1)
    }

    @Test func equalConfigurationChangesNothing() {
        let change = MeshFixture.change(from: service, to: service)
        #expect(change.isEmpty)
        #expect(change.objects.isEmpty)
    }

    @Test func aNewPodChangesEndpointsOnly() {
        let before = service + MeshFixture.pod("a", ip: "10.1.0.1", app: "reviews")
        let change = MeshFixture.change(from: before, to: before + MeshFixture.pod("b", ip: "10.1.0.2", app: "reviews"))
        #expect(change.isEndpointsOnly)
        #expect(change.endpoints == [MeshChange.EndpointKey(service: key, port: 9080)])
        #expect(change.objects == [ObjectKey(kind: .pod, namespace: "default", name: "b")])
        #expect(change.workloads == ["10.1.0.2"])
    }

    @Test func endpointsOfHeadlessServicesChangeTheService() {
        let headless = service.replacing("10.0.0.1", with: "None")
        let change = MeshFixture.change(
            from: headless,
            to: headless + MeshFixture.pod("b", ip: "10.1.0.2", app: "reviews")
        )
        #expect(!change.isEndpointsOnly)
        #expect(change.services == [key])
    }

    @Test func aRuleChangesOnlyItself() {
        let change = MeshFixture.change(
            from: service,
            to: service + MeshFixture.istio("DestinationRule", "d", spec: "{host: reviews}")
        )
        #expect(change.rules == [ObjectKey(kind: .destinationRule, namespace: "default", name: "d")])
        #expect(change.services.isEmpty && change.endpoints.isEmpty && !change.isFull && !change.isEndpointsOnly)
    }

    @Test func removedServicesAndMeshSettingsAreSeen() {
        #expect(MeshFixture.change(from: service, to: "").services == [key])
        var mesh = MeshConfiguration()
        mesh.outboundTrafficPolicy = .registryOnly
        let config = MeshFixture.config(service, mesh: mesh)
        #expect(MeshSnapshot.next(previous: MeshFixture.snapshot(service), config: config).change.isFull)
    }

    @Test func whatDoesNotChangeKeepsItsVersion() {
        let first = MeshFixture.snapshot(
            service + MeshFixture.istio("VirtualService", "v", spec: "{hosts: [x.com], http: [{redirect: {uri: /}}]}")
        )
        let config = MeshFixture.config(
            service + MeshFixture.pod("b", ip: "10.1.0.2", app: "reviews")
                + MeshFixture.istio("VirtualService", "v", spec: "{hosts: [y.com], http: [{redirect: {uri: /}}]}")
        )
        let (second, _) = MeshSnapshot.next(previous: first, config: config)
        #expect(second.version == 2)
        #expect(second.services.map(\.version) == [1])
        #expect(second.endpointSet(of: key, port: 9080)?.version == 2)
    }

    @Test func mergedChangesHoldBoth() {
        var first = MeshChange()
        first.endpoints = [MeshChange.EndpointKey(service: key, port: 1)]
        var second = MeshChange()
        second.services = [key]
        let merged = first.merging(second)
        #expect(first.isEndpointsOnly && !merged.isEndpointsOnly)
        #expect(merged.endpoints.count == 1 && merged.services == [key])
    }
}
