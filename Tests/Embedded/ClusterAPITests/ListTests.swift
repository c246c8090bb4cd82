import ClusterSchema
import Foundation
import KubernetesAPI
import Testing

@testable import ClusterAPI

/// How long ten thousand objects take; `MARTLET_MEASURE` turns it on and `-c release` makes the numbers worth reading.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["MARTLET_MEASURE"] != nil))
struct ListTests {
    @Test func tenThousandObjectsAreListedAtOnce() async throws {
        let server = try await TestServer()
        let api = server.api
        try await withThrowingTaskGroup(of: Void.self) { group in
            for lane in 0..<16 {
                group.addTask {
                    for index in 0..<625 {
                        let name = ObjectName(namespace: "default", name: "c\(lane)-\(index)")
                        var object = KubernetesObject(.configMaps, name)
                        object["data"] = ["key": "value", "other": "another value"]
                        _ = try await api.create(object, .configMaps)
                    }
                }
            }
            try await group.waitForAll()
        }
        let definition = try #require(server.server.catalog.definition(.configMaps))
        let target = Target(definition, namespace: "default")
        var times: [Duration] = []
        for _ in 0..<50 {
            let start = ContinuousClock.now
            let page = try await server.server.list(target, ListQuery())
            let bytes = server.server.encodedObjects.list(page.objects, target, ["resourceVersion": "1"])
            times.append(ContinuousClock.now - start)
            #expect(page.objects.count >= 10_000)
            #expect(bytes.count > 1 << 20)
        }
        times.sort()
        print("10,000 objects: p50 \(times[25]), p99 \(times[49])")
    }
}
