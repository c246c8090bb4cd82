import KubernetesAPI
import Testing

@testable import ClusterAPI

@Suite struct ServiceTests {
    private static func service(_ name: String, _ spec: JSONValue) -> KubernetesObject {
        var object = KubernetesObject(.services, ObjectName(namespace: "default", name: name))
        object["spec"] = spec
        return object
    }

    @Test func anAddressIsKeptThroughUpdatesAndFreedWithTheService() async throws {
        let api = try await TestServer().api
        let ports: JSONValue = [["port": 80]]
        let first = try await api.create(Self.service("a", ["ports": ports]), .services)
        let address = try #require(first["spec", "clusterIP"]?.string)
        var changed = first
        changed["spec"] = ["ports": [["port": 81]]]
        #expect(try await api.update(changed, .services, nil)["spec", "clusterIP"]?.string == address)
        let wanted = Self.service("b", ["clusterIP": .string(address), "ports": ports])
        await #expect { try await api.create(wanted, .services) } throws: { ($0 as? StatusError)?.reason == .invalid }
        try await api.delete(.services, first.objectName, DeleteOptions())
        #expect(try await api.create(wanted, .services)["spec", "clusterIP"]?.string == address)
    }

    @Test func headlessServicesHaveNoneAndNodePortsAreGiven() async throws {
        let api = try await TestServer().api
        let headless = try await api.create(
            Self.service("h", ["clusterIP": "None", "ports": [["port": 80]]]),
            .services
        )
        #expect(headless["spec", "clusterIP"] == "None")
        let open = try await api.create(Self.service("n", ["type": "NodePort", "ports": [["port": 80]]]), .services)
        let port = try #require(open["spec", "ports"]?.array?.first?["nodePort"]?.integer)
        #expect((30_000...32_767).contains(port))
    }

    /// Everybody writes at once; a patch without a resourceVersion is never refused for that.
    @Test func patchesOvertakeEachOther() async throws {
        let server = try await TestServer()
        let api = server.api
        let name = ObjectName(namespace: "default", name: "c")
        _ = try await api.create(KubernetesObject(.configMaps, name), .configMaps)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<8 {
                group.addTask {
                    _ = try await api.patch(.configMaps, name, .merge(["data": .object(["k\(index)": "v"])]), nil)
                }
            }
            try await group.waitForAll()
        }
        #expect(try await api.get(.configMaps, name)["data"]?.object?.count == 8)
    }
}
