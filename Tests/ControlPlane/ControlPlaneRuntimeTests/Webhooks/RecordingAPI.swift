import KubernetesAPI

/// An API that holds a few objects, tells of every patch, and whose watches last until they are cancelled.
actor RecordingAPI: KubernetesAPI {
    private var objects: [ResourceType: [ObjectName: KubernetesObject]] = [:]
    private var watchers: [ResourceType: [AsyncThrowingStream<WatchEvent, any Error>.Continuation]] = [:]
    private let patchedContinuation: AsyncStream<KubernetesObject>.Continuation
    /// Every object after it was patched.
    nonisolated let patched: AsyncStream<KubernetesObject>
    private var version = 1

    init(objects: [(ResourceType, KubernetesObject)]) {
        (patched, patchedContinuation) = AsyncStream.makeStream(of: KubernetesObject.self)
        for (type, object) in objects {
            var object = object
            object.resourceVersion = "1"
            self.objects[type, default: [:]][object.objectName] = object
        }
    }

    /// Stores and tells those who watch.
    func put(_ object: KubernetesObject, _ type: ResourceType) {
        var object = object
        version += 1
        object.resourceVersion = String(version)
        objects[type, default: [:]][object.objectName] = object
        for watcher in watchers[type] ?? [] { watcher.yield(.modified(object)) }
    }

    func get(_ type: ResourceType, _ name: ObjectName) throws(StatusError) -> KubernetesObject {
        guard let object = objects[type]?[name] else { throw .notFound(type, name.name) }
        return object
    }

    func list(_ type: ResourceType, _ options: ListOptions) throws(StatusError) -> ObjectList {
        let items = (objects[type] ?? [:]).values.filter { options.fields.matches($0.json) }
        return ObjectList(items: Array(items), resourceVersion: String(version))
    }

    func watch(
        _ type: ResourceType,
        _ options: ListOptions
    ) throws(StatusError) -> AsyncThrowingStream<WatchEvent, any Error> {
        let (stream, continuation) = AsyncThrowingStream.makeStream(of: WatchEvent.self)
        watchers[type, default: []].append(continuation)
        return stream
    }

    func create(_ object: KubernetesObject, _ type: ResourceType) throws(StatusError) -> KubernetesObject {
        throw StatusError(.methodNotAllowed, "create")
    }

    func update(
        _ object: KubernetesObject,
        _ type: ResourceType,
        _ subresource: Subresource?
    ) throws(StatusError) -> KubernetesObject {
        throw StatusError(.methodNotAllowed, "update")
    }

    func patch(
        _ type: ResourceType,
        _ name: ObjectName,
        _ patch: Patch,
        _ subresource: Subresource?
    ) throws(StatusError) -> KubernetesObject {
        guard case .json(let steps) = patch else { throw StatusError(.unsupportedMediaType, "not JSON Patch") }
        let object = KubernetesObject(try JSONPatch(steps).apply(to: try get(type, name).json))
        put(object, type)
        patchedContinuation.yield(object)
        return object
    }

    func delete(_ type: ResourceType, _ name: ObjectName, _ options: DeleteOptions) throws(StatusError) {
        throw StatusError(.methodNotAllowed, "delete")
    }
}
