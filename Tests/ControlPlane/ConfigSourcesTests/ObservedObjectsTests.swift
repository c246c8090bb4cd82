import KubernetesAPI
import MeshConfig
import Testing

@testable import ConfigSources

@Suite struct ObservedObjectsTests {
    private static let rules = ResourceType(
        group: "networking.istio.io",
        version: "v1",
        plural: "virtualservices",
        kind: "VirtualService"
    )
    private static let types: [ResourceType] = [.pods, rules]

    private static func rule(weight: Int64, version: String = "1") -> KubernetesObject {
        var object = KubernetesObject(rules, ObjectName(namespace: "shop", name: "reviews"))
        object.resourceVersion = version
        object["spec"] = [
            "hosts": ["reviews"],
            "http": [["route": [["destination": ["host": "reviews"], "weight": .integer(weight)]]]],
        ]
        return object
    }

    private static func pod(version: String, phase: String = "Running", restarts: Int64 = 0) -> KubernetesObject {
        var object = KubernetesObject(.pods, ObjectName(namespace: "shop", name: "reviews-1"))
        object.resourceVersion = version
        object["spec"] = ["containers": [["name": "app", "image": "x"]]]
        object["status"] = [
            "phase": .string(phase), "podIP": "10.0.0.1", "containerStatuses": [["restartCount": .integer(restarts)]],
            "conditions": [["type": "Ready", "status": "True", "lastProbeTime": .string(version)]],
        ]
        return object
    }

    private static func started() -> ObservedObjects {
        var observed = ObservedObjects(types: types, mesh: MeshConfiguration())
        _ = observed.apply([(.pods, .synced([pod(version: "1")])), (rules, .synced([rule(weight: 100)]))])
        return observed
    }

    @Test func nothingIsToldBeforeEveryTypeWasListed() {
        var observed = ObservedObjects(types: Self.types, mesh: MeshConfiguration())
        #expect(observed.apply([(.pods, .synced([Self.pod(version: "1")]))]) == nil)
        let update = observed.apply([(Self.rules, .synced([Self.rule(weight: 100)]))])
        #expect(update?.snapshot.pods.count == 1 && update?.snapshot.virtualServices.count == 1)
    }

    @Test func whatMeansNothingToTheMeshIsNoChange() {
        var observed = Self.started()
        #expect(observed.apply([(.pods, .applied(Self.pod(version: "2", restarts: 7)))]) == nil)
        #expect(observed.apply([(Self.rules, .applied(Self.rule(weight: 100, version: "9")))]) == nil)
    }

    @Test func aChangeNamesItsObjectAlone() {
        var observed = Self.started()
        let update = observed.apply([(.pods, .applied(Self.pod(version: "2", phase: "Failed")))])
        #expect(update?.changed == [ObjectKey(kind: .pod, namespace: "shop", name: "reviews-1")])
    }

    @Test func anInvalidObjectKeepsItsLastGoodVersion() {
        var observed = Self.started()
        let update = observed.apply([(Self.rules, .applied(Self.rule(weight: -5)))])
        #expect(update?.errors.isEmpty == false && update?.changed == [])
        #expect(update?.snapshot.virtualServices.count == 1)
        #expect(update?.errors.first?.location.file == "virtualservices/shop/reviews")
    }

    @Test func deletedAndUnlistedObjectsGo() {
        var deleted = Self.started()
        #expect(deleted.apply([(.pods, .deleted(Self.pod(version: "3")))])?.snapshot.pods.isEmpty == true)
        var relisted = Self.started()
        #expect(relisted.apply([(Self.rules, .synced([]))])?.snapshot.virtualServices.isEmpty == true)
    }

    @Test func manyChangesTogetherAreOneUpdate() {
        var observed = Self.started()
        let update = observed.apply([
            (Self.rules, .applied(Self.rule(weight: 90))), (.pods, .deleted(Self.pod(version: "3"))),
            (Self.rules, .deleted(Self.rule(weight: 90))), (Self.rules, .applied(Self.rule(weight: 80))),
        ])
        #expect(update?.snapshot.pods.isEmpty == true && update?.snapshot.virtualServices.count == 1)
    }
}
