import KubernetesAPI

/// An API that stores what it is given and tells of it; reviews of tokens are answered by a closure.
actor StoringAPI: KubernetesAPI {
    private var objects: [ResourceType: [ObjectName: KubernetesObject]] = [:]
    private var watchers: [ResourceType: [AsyncThrowingStream<WatchEvent, any Error>.Continuation]] = [:]
    private var version = 1
    private var failures: Int
    private let answer: @Sendable (KubernetesObject) throws(StatusError) -> KubernetesObject
    private let writtenContinuation: AsyncStream<KubernetesObject>.Continuation
    /// Every object after it was created or patched.
    nonisolated let written: AsyncStream<KubernetesObject>
    private(set) var reviews = 0

    /// - Parameter failures: how many requests fail before any is answered.
    init(
        _ objects: [(ResourceType, KubernetesObject)] = [],
        failures: Int = 0,
        answer: @escaping @Sendable (KubernetesObject) throws(StatusError) -> KubernetesObject = { $0 }
    ) {
        (written, writtenContinuation) = AsyncStream.makeStream(of: KubernetesObject.self)
        self.failures = failures
        self.answer = answer
        for (type, object) in objects { self.objects[type, default: [:]][object.objectName] = object }
    }

    private func fail() throws(StatusError) {
        guard failures > 0 else { return }
        failures -= 1
        throw StatusError(.serviceUnavailable, "not now")
    }

    private func store(_ object: KubernetesObject, _ type: ResourceType) -> KubernetesObject {
        var object = object
        version += 1
        object.resourceVersion = String(version)
        objects[type, default: [:]][object.objectName] = object
        for watcher in watchers[type] ?? [] { watcher.yield(.modified(object)) }
        return object
    }

    /// Stores whatever was there before, as a person does.
    func put(_ object: KubernetesObject, _ type: ResourceType) { _ = store(object, type) }

    func get(_ type: ResourceType, _ name: ObjectName) throws(StatusError) -> KubernetesObject {
        try fail()
        guard let object = objects[type]?[name] else { throw .notFound(type, name.name) }
        return object
    }

    func list(_ type: ResourceType, _ options: ListOptions) throws(StatusError) -> ObjectList {
        try fail()
        let items = (objects[type] ?? [:]).values.filter { options.fields.matches($0.json) }
        return ObjectList(items: Array(items), resourceVersion: String(version))
    }

    func watch(
        _ type: ResourceType,
        _ options: ListOptions
    ) throws(StatusError) -> AsyncThrowingStream<WatchEvent, any Error> {
        let (stream, continuation) = AsyncThrowingStream.makeStream(of: WatchEvent.self)
        // What came between list and watch is told again.
        for object in (objects[type] ?? [:]).values where options.fields.matches(object.json) {
            continuation.yield(.modified(object))
        }
        let (all, allContinuation) = AsyncThrowingStream.makeStream(of: WatchEvent.self)
        watchers[type, default: []].append(allContinuation)
        Task {
            for try await event in all {
                switch event {
                case .added(let object), .modified(let object), .deleted(let object):
                    if options.fields.matches(object.json) { continuation.yield(event) }
                case .bookmark: continuation.yield(event)
                }
            }
        }
        return stream
    }

    func create(_ object: KubernetesObject, _ type: ResourceType) throws(StatusError) -> KubernetesObject {
        try fail()
        if type.plural == "tokenreviews" {
            reviews += 1
            return try answer(object)
        }
        guard objects[type]?[object.objectName] == nil else { throw .alreadyExists(type, object.name) }
        let stored = store(object, type)
        writtenContinuation.yield(stored)
        return stored
    }

    func update(
        _ object: KubernetesObject,
        _ type: ResourceType,
        _ subresource: Subresource?
    ) throws(StatusError) -> KubernetesObject { throw StatusError(.methodNotAllowed, "update") }

    func patch(
        _ type: ResourceType,
        _ name: ObjectName,
        _ patch: Patch,
        _ subresource: Subresource?
    ) throws(StatusError) -> KubernetesObject {
        try fail()
        guard var object = objects[type]?[name] else { throw .notFound(type, name.name) }
        guard case .merge(let change) = patch else { throw StatusError(.methodNotAllowed, "patch") }
        for (key, value) in change["data"]?.strings ?? [:] { object["data", key] = .string(value) }
        let stored = store(object, type)
        writtenContinuation.yield(stored)
        return stored
    }

    func delete(_ type: ResourceType, _ name: ObjectName, _ options: DeleteOptions) throws(StatusError) {
        guard let object = objects[type]?.removeValue(forKey: name) else { throw .notFound(type, name.name) }
        version += 1
        for watcher in watchers[type] ?? [] { watcher.yield(.deleted(object)) }
    }
}
