import CustomDump
import Foundation
import MeshConfig
import MeshModel
import Testing

@Suite struct MeshSnapshotTests {
    private func large(services: Int, endpointsEach: Int) -> [MeshObject] {
        var objects: [MeshObject] = []
        for number in 0..<services {
            let app = "app-\(number)"
            var spec = ServiceSpec()
            spec.selector = ["app": app]
            spec.clusterIP = "10.0.\(number / 250).\(number % 250)"
            spec.ports = [KubernetesServicePort(name: "http", port: 80)]
            objects.append(.service(Resource(metadata: ObjectMetadata(name: app, namespace: "ns"), spec: spec)))
            var rule = DestinationRule()
            rule.host = app
            rule.subsets = [Subset(name: "v1", labels: ["version": "v1"])]
            objects.append(.destinationRule(Resource(metadata: ObjectMetadata(name: app, namespace: "ns"), spec: rule)))
            for member in 0..<endpointsEach {
                var metadata = ObjectMetadata(name: "\(app)-\(member)", namespace: "ns")
                metadata.labels = ["app": app, "version": "v1"]
                var pod = PodSpec()
                pod.podIP = "10.\(1 + number / 250).\(number % 250).\(member)"
                objects.append(.pod(Resource(metadata: metadata, spec: pod)))
            }
        }
        return objects
    }

    @Test func equalInputGivesEqualOutputWhateverTheOrder() {
        let objects = large(services: 40, endpointsEach: 5)
        let first = MeshSnapshot.next(previous: nil, config: ConfigSnapshot(objects: objects)).snapshot
        let second = MeshSnapshot.next(previous: nil, config: ConfigSnapshot(objects: objects.reversed())).snapshot
        expectNoDifference(first.services, second.services)
        expectNoDifference(first.destinationPolicies, second.destinationPolicies)
        expectNoDifference(first.diagnostics, second.diagnostics)
        for service in first.services {
            expectNoDifference(
                first.endpointSet(of: service.key, port: 80),
                second.endpointSet(of: service.key, port: 80)
            )
        }
    }

    @Test func tenThousandEndpointsAreBuilt() {
        let config = ConfigSnapshot(objects: large(services: 1000, endpointsEach: 10))
        let snapshot = MeshSnapshot.next(previous: nil, config: config).snapshot
        #expect(snapshot.services.count == 1000)
        let endpoints = snapshot.services.reduce(0) { $0 + snapshot.endpoints(of: $1, port: 80).count }
        #expect(endpoints == 10_000)
    }

    /// Every sample builds a model that knows why, wherever something leads nowhere; skipped where there are none.
    @Test(arguments: ["source-yaml", "bookinfo", "istio-tutorial"])
    func samplesBuild(folder: String) throws {
        let root = URL(filePath: #filePath).appending(path: "../../../../../shared/data/\(folder)").standardized
        guard let files = FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil) else {
            print("no samples at \(root.path()); not tested")
            return
        }
        for case let file as URL in files where ["yaml", "yml"].contains(file.pathExtension) {
            let objects = ObjectDecoder.decode(try Data(contentsOf: file), file: file.lastPathComponent).objects
            let snapshot = MeshSnapshot.next(previous: nil, config: ConfigSnapshot(objects: objects)).snapshot
            let scope = snapshot.scope(for: MeshFixture.sidecar("default"))
            #expect(scope.services.count <= snapshot.services.count)
            #expect(snapshot.diagnostics.allSatisfy { $0.location != nil }, "\(file.lastPathComponent)")
        }
    }
}
