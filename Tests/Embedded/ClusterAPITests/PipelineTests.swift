import CustomDump
import KubernetesAPI
import Testing

@testable import ClusterAPI

@Suite struct PipelineTests {
    private static func configMap(_ name: String, _ data: JSONValue = ["a": "1"]) -> KubernetesObject {
        var object = KubernetesObject(.configMaps, ObjectName(namespace: "default", name: name))
        object["data"] = data
        return object
    }

    private static func pod(_ name: String) -> KubernetesObject {
        var object = KubernetesObject(.pods, ObjectName(namespace: "default", name: name))
        object["spec"] = ["containers": [["name": "c", "image": "i"]]]
        return object
    }

    @Test func aStaleUpdateIsRefusedAndAFreshOneTaken() async throws {
        let api = try await TestServer().api
        let first = try await api.create(Self.configMap("x"), .configMaps)
        var second = first
        second["data", "a"] = "2"
        _ = try await api.update(second, .configMaps, nil)
        await #expect { try await api.update(second, .configMaps, nil) } throws: {
            ($0 as? StatusError)?.reason == .conflict
        }
    }

    @Test func statusAndSpecAreWrittenApart() async throws {
        let api = try await TestServer().api
        let pod = try await api.create(Self.pod("p"), .pods)
        var changed = pod
        changed["status", "phase"] = "Running"
        changed["metadata", "labels"] = ["a": "b"]
        let main = try await api.update(changed, .pods, nil)
        #expect(main["status", "phase"] == "Pending")
        #expect(main.labels == ["a": "b"])
        var status = main
        status["status", "phase"] = "Running"
        status["metadata", "labels"] = ["a": "c"]
        let after = try await api.update(status, .pods, .status)
        #expect(after["status", "phase"] == "Running")
        #expect(after.labels == ["a": "b"])
    }

    @Test func aScheduledPodIsMarkedUntilItsRuntimeLetsItGo() async throws {
        let api = try await TestServer().api
        _ = try await api.create(Self.pod("p"), .pods)
        let name = ObjectName(namespace: "default", name: "p")
        var binding = KubernetesObject([
            "apiVersion": "v1", "kind": "Binding", "metadata": [:], "target": ["name": "n"],
        ])
        binding.namespace = "default"
        binding.name = "p"
        _ = try await api.update(binding, .pods, .binding)
        try await api.delete(.pods, name, DeleteOptions())
        let marked = try await api.get(.pods, name)
        #expect(marked.deletionTimestamp != nil)
        #expect(marked["metadata", "deletionGracePeriodSeconds"] == 30)
        try await api.delete(.pods, name, DeleteOptions(gracePeriodSeconds: 0))
        await #expect { try await api.get(.pods, name) } throws: { ($0 as? StatusError)?.reason == .notFound }
    }

    @Test func finalizersHoldAnObject() async throws {
        let api = try await TestServer().api
        var object = Self.configMap("x")
        object.finalizers = ["example.com/hold"]
        _ = try await api.create(object, .configMaps)
        let name = ObjectName(namespace: "default", name: "x")
        try await api.delete(.configMaps, name, DeleteOptions())
        #expect(try await api.get(.configMaps, name).deletionTimestamp != nil)
        _ = try await api.patch(.configMaps, name, .merge(["metadata": ["finalizers": nil]]), nil)
        await #expect { try await api.get(.configMaps, name) } throws: { ($0 as? StatusError)?.reason == .notFound }
    }

    @Test func aTerminatingNamespaceTakesNothingNew() async throws {
        let api = try await TestServer().api
        _ = try await api.create(KubernetesObject(.namespaces, ObjectName(name: "n")), .namespaces)
        try await api.delete(.namespaces, ObjectName(name: "n"), DeleteOptions())
        var object = Self.configMap("x")
        object.namespace = "n"
        await #expect { try await api.create(object, .configMaps) } throws: {
            ($0 as? StatusError)?.reason == .forbidden
        }
        _ = try await api.patch(.namespaces, ObjectName(name: "n"), .merge(["spec": ["finalizers": []]]), nil)
        await #expect { try await api.get(.namespaces, ObjectName(name: "n")) } throws: {
            ($0 as? StatusError)?.reason == .notFound
        }
    }

    @Test func aWatchTellsWhatItsSelectorSees() async throws {
        let api = try await TestServer().api
        let labels = try LabelSelector(parsing: "a=b")
        let events = try await api.watch(.configMaps, ListOptions(namespace: "default", labels: labels))
        let name = ObjectName(namespace: "default", name: "x")
        _ = try await api.create(Self.configMap("x"), .configMaps)
        for value in ["b", "c"] {
            _ = try await api.patch(.configMaps, name, .merge(["metadata": ["labels": ["a": .string(value)]]]), nil)
        }
        var told: [String] = []
        for try await event in events {
            switch event {
            case .added(let object): told.append("added \(object.labels)")
            case .deleted(let object): told.append("deleted \(object.labels)")
            case .modified(let object): told.append("modified \(object.labels)")
            case .bookmark: continue
            }
            if told.count == 2 { break }
        }
        expectNoDifference(told, ["added [\"a\": \"b\"]", "deleted [\"a\": \"b\"]"])
    }

    @Test func pagesGoOnWhereTheyEnded() async throws {
        let api = try await TestServer().api
        for name in ["a", "b", "c"] { _ = try await api.create(Self.configMap(name), .configMaps) }
        var names: [String] = []
        var options = ListOptions(namespace: "default", limit: 2)
        repeat {
            let page = try await api.list(.configMaps, options)
            names += page.items.map(\.name)
            options.continuation = page.continuation
        } while !options.continuation.isEmpty
        #expect(names == ["a", "b", "c", "kube-root-ca.crt"])
    }
}
