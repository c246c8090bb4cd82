import KubernetesAPI
import Synchronization

/// A Kubernetes API in memory, as much of one as the pod runtime talks to.
final class MemoryAPI: KubernetesAPI {
    private struct State {
        var objects: [ResourceType: [ObjectName: KubernetesObject]] = [:]
        var revision: Int64 = 0
        var watchers: [(ResourceType, FieldSelector, AsyncThrowingStream<WatchEvent, any Error>.Continuation)] = []
        var waiters:
            [(ResourceType, @Sendable (KubernetesObject?) -> Bool, CheckedContinuation<Void, Never>, ObjectName)] = []
    }

    private let state = Mutex(State())

    func get(_ type: ResourceType, _ name: ObjectName) async throws(StatusError) -> KubernetesObject {
        guard let object = peek(type, name) else { throw StatusError.notFound(type, name.name) }
        return object
    }

    func peek(_ type: ResourceType, _ name: ObjectName) -> KubernetesObject? {
        state.withLock { $0.objects[type]?[name] }
    }

    func list(_ type: ResourceType, _ options: ListOptions) async throws(StatusError) -> ObjectList {
        state.withLock { state in
            let items = (state.objects[type] ?? [:]).values.filter {
                (options.namespace == nil || $0.namespace == options.namespace) && options.fields.matches($0.json)
            }
            return ObjectList(items: items.sorted { $0.name < $1.name }, resourceVersion: String(state.revision))
        }
    }

    func watch(
        _ type: ResourceType,
        _ options: ListOptions
    ) async throws(StatusError) -> AsyncThrowingStream<WatchEvent, any Error> {
        let (stream, continuation) = AsyncThrowingStream.makeStream(of: WatchEvent.self)
        state.withLock { state in
            // What came since the list; deletions in between do not happen in these tests.
            let since = Int64(options.resourceVersion) ?? 0
            for object in (state.objects[type] ?? [:]).values
            where (Int64(object.resourceVersion) ?? 0) > since && options.fields.matches(object.json) {
                continuation.yield(.added(object))
            }
            state.watchers.append((type, options.fields, continuation))
        }
        return stream
    }

    func create(_ object: KubernetesObject, _ type: ResourceType) async throws(StatusError) -> KubernetesObject {
        var object = object
        if peek(type, object.objectName) != nil { throw StatusError.alreadyExists(type, object.name) }
        if object.uid.isEmpty { object.uid = "uid-\(type.plural)-\(object.name)" }
        return put(object, type)
    }

    func update(
        _ object: KubernetesObject,
        _ type: ResourceType,
        _ subresource: Subresource?
    ) async throws(StatusError) -> KubernetesObject { put(object, type) }

    func patch(
        _ type: ResourceType,
        _ name: ObjectName,
        _ patch: Patch,
        _ subresource: Subresource?
    ) async throws(StatusError) -> KubernetesObject {
        guard case .merge(let change) = patch else { throw StatusError(.badRequest, "only merge") }
        guard var object = peek(type, name) else { throw StatusError.notFound(type, name.name) }
        object.json = Self.merge(object.json, change)
        return put(object, type)
    }

    /// With a grace period a pod is only marked, as an API server does.
    func delete(_ type: ResourceType, _ name: ObjectName, _ options: DeleteOptions) async throws(StatusError) {
        guard var object = peek(type, name) else { throw StatusError.notFound(type, name.name) }
        let grace = options.gracePeriodSeconds ?? object["spec", "terminationGracePeriodSeconds"]?.integer ?? 30
        if type == .pods, grace > 0 {
            object["metadata", "deletionTimestamp"] = "2026-01-01T00:00:00Z"
            object["metadata", "deletionGracePeriodSeconds"] = .integer(grace)
            _ = put(object, type)
            return
        }
        let gone = object
        state.withLock { state in
            state.objects[type]?[name] = nil
            for (watched, fields, continuation) in state.watchers where watched == type && fields.matches(gone.json) {
                continuation.yield(.deleted(gone))
            }
            Self.wake(&state, type, name)
        }
    }

    private func put(_ object: KubernetesObject, _ type: ResourceType) -> KubernetesObject {
        state.withLock { state in
            var object = object
            state.revision += 1
            object.resourceVersion = String(state.revision)
            let isNew = state.objects[type]?[object.objectName] == nil
            state.objects[type, default: [:]][object.objectName] = object
            for (watched, fields, continuation) in state.watchers where watched == type && fields.matches(object.json) {
                continuation.yield(isNew ? .added(object) : .modified(object))
            }
            Self.wake(&state, type, object.objectName)
            return object
        }
    }

    private static func wake(_ state: inout State, _ type: ResourceType, _ name: ObjectName) {
        let object = state.objects[type]?[name]
        state.waiters.removeAll { waiter in
            guard waiter.0 == type, waiter.3 == name, waiter.1(object) else { return false }
            waiter.2.resume()
            return true
        }
    }

    /// Returns when the object (nil: there is none) is as wanted.
    func wait(
        _ type: ResourceType,
        _ name: ObjectName,
        _ isWanted: @escaping @Sendable (KubernetesObject?) -> Bool
    ) async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if isWanted(state.objects[type]?[name]) { return true }
                state.waiters.append((type, isWanted, continuation, name))
                return false
            }
            if isThere { continuation.resume() }
        }
    }

    private static func merge(_ target: JSONValue, _ change: JSONValue) -> JSONValue {
        guard case .object(let members) = change else { return change }
        var result = target.object ?? [:]
        for (name, value) in members { result[name] = value.isNull ? nil : merge(result[name] ?? [:], value) }
        return .object(result)
    }
}
