import ClusterNetwork
import Glibc
import KubernetesAPI
import Synchronization

/// Objects as a cluster would hold them.
enum Fixture {
    static func service(
        _ name: String,
        namespace: String = "default",
        type: String = "ClusterIP",
        clusterIP: String = "10.96.1.1",
        ports: [JSONValue] = [["name": "http", "port": 80, "protocol": "TCP"]],
        more: [String: JSONValue] = [:]
    ) -> KubernetesObject {
        var service = KubernetesObject(.services, ObjectName(namespace: namespace, name: name))
        service["spec"] = ["type": .string(type), "clusterIP": .string(clusterIP), "ports": .array(ports)]
        for (name, value) in more { service["spec", name] = value }
        return service
    }

    static func endpoint(
        _ address: String,
        ready: Bool = true,
        hostname: String? = nil,
        terminating: Bool = false,
        pod: String? = nil
    ) -> JSONValue {
        var endpoint: JSONValue = [
            "addresses": [.string(address)],
            "conditions": [
                "ready": .bool(ready), "serving": .bool(ready || terminating), "terminating": .bool(terminating),
            ],
        ]
        if let hostname { endpoint["hostname"] = .string(hostname) }
        if let pod { endpoint["targetRef"] = ["kind": "Pod", "name": .string(pod)] }
        return endpoint
    }

    static func slice(
        _ service: String,
        _ endpoints: [JSONValue],
        namespace: String = "default",
        ports: [JSONValue] = [["name": "http", "port": 8080, "protocol": "TCP"]]
    ) -> KubernetesObject {
        var slice = KubernetesObject(.endpointSlices, ObjectName(namespace: namespace, name: service + "-abc"))
        slice.labels = ["kubernetes.io/service-name": service]
        slice["addressType"] = "IPv4"
        slice["endpoints"] = .array(endpoints)
        slice["ports"] = .array(ports)
        return slice
    }

    static func pod(
        _ name: String,
        _ address: String,
        namespace: String = "default",
        spec: JSONValue = [:]
    ) -> KubernetesObject {
        var pod = KubernetesObject(.pods, ObjectName(namespace: namespace, name: name))
        pod["spec"] = spec
        pod["status"] = ["podIP": .string(address), "phase": "Running"]
        return pod
    }
}

/// An API of three lists in memory, with as much of watching as the network needs.
final class FakeCluster: KubernetesAPI {
    private struct State {
        var objects: [ResourceType: [ObjectName: KubernetesObject]] = [:]
        var watchers: [ResourceType: [AsyncThrowingStream<WatchEvent, any Error>.Continuation]] = [:]
    }

    private let state = Mutex(State())

    func put(_ object: KubernetesObject, _ type: ResourceType) {
        state.withLock { state in
            state.objects[type, default: [:]][object.objectName] = object
            for watcher in state.watchers[type] ?? [] { watcher.yield(.modified(object)) }
        }
    }

    func object(_ type: ResourceType, _ name: ObjectName) -> KubernetesObject? {
        state.withLock { $0.objects[type]?[name] }
    }

    func get(_ type: ResourceType, _ name: ObjectName) async throws(StatusError) -> KubernetesObject {
        guard let object = object(type, name) else { throw .notFound(type, name.name) }
        return object
    }

    func list(_ type: ResourceType, _ options: ListOptions) async throws(StatusError) -> ObjectList {
        ObjectList(items: state.withLock { Array(($0.objects[type] ?? [:]).values) }, resourceVersion: "1")
    }

    func watch(
        _ type: ResourceType,
        _ options: ListOptions
    ) async throws(StatusError) -> AsyncThrowingStream<WatchEvent, any Error> {
        let (stream, watcher) = AsyncThrowingStream.makeStream(of: WatchEvent.self)
        state.withLock { state in
            // What changed between the list and now.
            for object in (state.objects[type] ?? [:]).values { watcher.yield(.added(object)) }
            state.watchers[type, default: []].append(watcher)
        }
        return stream
    }

    func create(_ object: KubernetesObject, _ type: ResourceType) async throws(StatusError) -> KubernetesObject {
        put(object, type)
        return object
    }

    func update(
        _ object: KubernetesObject,
        _ type: ResourceType,
        _ subresource: Subresource?
    ) async throws(StatusError) -> KubernetesObject {
        put(object, type)
        return object
    }

    func patch(
        _ type: ResourceType,
        _ name: ObjectName,
        _ patch: Patch,
        _ subresource: Subresource?
    ) async throws(StatusError) -> KubernetesObject {
        throw StatusError(.methodNotAllowed, "not here")
    }

    func delete(_ type: ResourceType, _ name: ObjectName, _ options: DeleteOptions) async throws(StatusError) {
        throw StatusError(.methodNotAllowed, "not here")
    }
}

/// Whether this machine lets the tests make network namespaces.
let canMakeNamespaces = geteuid() == 0 && access("/usr/sbin/nft", X_OK) == 0
