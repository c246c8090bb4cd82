import KubernetesAPI

@testable import ClusterControllers

/// A Kubernetes API in memory, as far as controllers look: versions, generations, watches, finalizers, propagation.
actor FakeCluster: KubernetesAPI {
    private struct Record {
        var type: ResourceType
        var event: WatchEvent
    }

    private var objects: [ResourceType: [ObjectName: KubernetesObject]] = [:]
    private var log: [Record] = []
    private var version: Int64 = 0
    private var watchers: [Int: (ResourceType, AsyncThrowingStream<WatchEvent, any Error>.Continuation)] = [:]
    private var nextWatcher = 0
    private var refusals: [ResourceType: StatusError] = [:]
    private var closed: Set<String> = []
    private(set) var writes = 0
    nonisolated let time: ManualTime

    init(time: ManualTime = ManualTime()) { self.time = time }

    /// Every create of the type is refused from now on; nil lets them through again.
    func refuseCreates(_ type: ResourceType, _ error: StatusError?) { refusals[type] = error }

    /// Nothing is created in the namespace any more.
    func refuseNamespace(_ name: String) { closed.insert(name) }

    func get(_ type: ResourceType, _ name: ObjectName) async throws(StatusError) -> KubernetesObject {
        guard let object = objects[type]?[name] else { throw .notFound(type, name.name) }
        return object
    }

    func list(_ type: ResourceType, _ options: ListOptions) async throws(StatusError) -> ObjectList {
        let items = (objects[type] ?? [:]).values
            .filter { options.namespace == nil || $0.namespace == options.namespace }
            .sorted { $0.name < $1.name }
        return ObjectList(items: items, resourceVersion: String(version))
    }

    func watch(
        _ type: ResourceType,
        _ options: ListOptions
    ) async throws(StatusError) -> AsyncThrowingStream<WatchEvent, any Error> {
        let (stream, continuation) = AsyncThrowingStream<WatchEvent, any Error>.makeStream()
        let from = Int64(options.resourceVersion) ?? 0
        for (index, record) in log.enumerated() where record.type == type && Int64(index + 1) > from {
            continuation.yield(record.event)
        }
        let id = nextWatcher
        nextWatcher += 1
        watchers[id] = (type, continuation)
        continuation.onTermination = { [weak self] _ in Task { await self?.forget(id) } }
        return stream
    }

    private func forget(_ id: Int) { watchers[id] = nil }

    /// Each write is one version and one entry of the log.
    private func tell(_ type: ResourceType, _ event: WatchEvent) {
        log.append(Record(type: type, event: event))
        for (watched, continuation) in watchers.values where watched == type { continuation.yield(event) }
    }

    func create(_ object: KubernetesObject, _ type: ResourceType) async throws(StatusError) -> KubernetesObject {
        if let error = refusals[type] { throw error }
        if closed.contains(object.namespace) {
            var error = StatusError(.forbidden, "namespace \(object.namespace) is being terminated")
            error.causes = [.init(reason: "NamespaceTerminating", message: error.message, field: "metadata.namespace")]
            throw error
        }
        guard objects[type]?[object.objectName] == nil else { throw .alreadyExists(type, object.name) }
        version += 1
        writes += 1
        var object = object
        object["apiVersion"] = .string(type.apiVersion)
        object["kind"] = .string(type.kind)
        object.uid = "uid-\(version)"
        object.resourceVersion = String(version)
        object.generation = 1
        object["metadata", "creationTimestamp"] = .string(time.now.description)
        objects[type, default: [:]][object.objectName] = object
        tell(type, .added(object))
        return object
    }

    func update(
        _ object: KubernetesObject,
        _ type: ResourceType,
        _ subresource: Subresource?
    ) async throws(StatusError) -> KubernetesObject {
        try write(type, object.objectName, subresource) { _ in object.json }
    }

    func patch(
        _ type: ResourceType,
        _ name: ObjectName,
        _ patch: Patch,
        _ subresource: Subresource?
    ) async throws(StatusError) -> KubernetesObject {
        guard case .merge(let change) = patch else { throw StatusError(.unsupportedMediaType, "merge patches only") }
        return try write(type, name, subresource) { MergePatch.apply(change, to: $0) }
    }

    private func write(
        _ type: ResourceType,
        _ name: ObjectName,
        _ subresource: Subresource?,
        _ change: (JSONValue) -> JSONValue
    ) throws(StatusError) -> KubernetesObject {
        guard let old = objects[type]?[name] else { throw .notFound(type, name.name) }
        let changed = KubernetesObject(change(old.json))
        guard changed.uid == old.uid, changed.resourceVersion == old.resourceVersion else {
            throw .conflict(type, name.name, "the object has been modified")
        }
        var new = changed
        if subresource == .status {
            new = old
            new["status"] = changed["status"]
        } else {
            new["status"] = old["status"]
            if new["spec"] != old["spec"] { new.generation = old.generation + 1 }
        }
        guard new != old else { return old }
        version += 1
        writes += 1
        new.resourceVersion = String(version)
        let isHeld = !new.finalizers.isEmpty || (new["spec", "finalizers"]?.array ?? []).isEmpty == false
        if new.deletionTimestamp != nil, !isHeld {
            objects[type]?[name] = nil
            tell(type, .deleted(new))
        } else {
            objects[type]?[name] = new
            tell(type, .modified(new))
        }
        return new
    }

    func delete(_ type: ResourceType, _ name: ObjectName, _ options: DeleteOptions) async throws(StatusError) {
        guard var object = objects[type]?[name] else { throw .notFound(type, name.name) }
        if let uid = options.uid, uid != object.uid { throw .conflict(type, name.name, "another uid") }
        var finalizers = object.finalizers
        if options.propagation == .foreground { finalizers.append(Finalizer.foreground) }
        if options.propagation == .orphan { finalizers.append(Finalizer.orphan) }
        guard object.deletionTimestamp == nil else { return }
        version += 1
        writes += 1
        object.finalizers = finalizers
        object.resourceVersion = String(version)
        let isHeld = !finalizers.isEmpty || (object["spec", "finalizers"]?.array ?? []).isEmpty == false
        guard isHeld else {
            objects[type]?[name] = nil
            tell(type, .deleted(object))
            return
        }
        object["metadata", "deletionTimestamp"] = .string(time.now.description)
        objects[type]?[name] = object
        tell(type, .modified(object))
    }
}

extension FakeCluster {
    /// Waits, by watching, until what `type` holds satisfies the condition; its objects then.
    @discardableResult
    nonisolated func until(
        _ type: ResourceType,
        _ condition: ([KubernetesObject]) -> Bool
    ) async throws -> [KubernetesObject] {
        let list = try await list(type, ListOptions())
        var known = Dictionary(list.items.map { ($0.objectName, $0) }, uniquingKeysWith: { $1 })
        func sorted() -> [KubernetesObject] { known.values.sorted { $0.name < $1.name } }
        if condition(sorted()) { return sorted() }
        for try await event in try await watch(type, ListOptions(resourceVersion: list.resourceVersion)) {
            switch event {
            case .added(let object), .modified(let object): known[object.objectName] = object
            case .deleted(let object): known[object.objectName] = nil
            case .bookmark: continue
            }
            if condition(sorted()) { return sorted() }
        }
        throw StatusError(.timeout, "the watch ended")
    }

    /// Plays the node: pods that have one run and are ready at once, those whose name `isBroken` run but are not.
    nonisolated func playNode(isBroken: @escaping @Sendable (KubernetesObject) -> Bool = { _ in false }) async {
        var address = 1
        guard let events = try? await watch(.pods, ListOptions()) else { return }
        do {
            for try await event in events {
                switch event {
                case .added(let pod), .modified(let pod):
                    guard pod.string("spec", "nodeName") != nil, pod.phase == "Pending" else { continue }
                    address += 1
                    let ready = isBroken(pod) ? "False" : "True"
                    let status: JSONValue = [
                        "phase": "Running", "podIP": .string("10.244.0.\(address)"),
                        "conditions": [["type": "Ready", "status": .string(ready)]],
                    ]
                    _ = try? await patch(.pods, pod.objectName, .merge(["status": status]), .status)
                case .deleted, .bookmark: continue
                }
            }
        } catch { return }
    }

    /// Runs the controllers and a node around `body`.
    nonisolated func run(
        rootCertificates: String = "",
        types: [ResourceType] = FakeCluster.types,
        isBroken: @escaping @Sendable (KubernetesObject) -> Bool = { _ in false },
        _ body: @Sendable () async throws -> Void
    ) async throws {
        let configuration = ControllerConfiguration(rootCertificates: rootCertificates) { types }
        let set = ControllerSet(api: self, clock: time.clock, configuration: configuration)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await set.run() }
            group.addTask { await self.playNode(isBroken: isBroken) }
            _ = try await create(KubernetesObject(.nodes, ObjectName(name: "laptop")), .nodes)
            var namespace = KubernetesObject(.namespaces, ObjectName(name: "shop"))
            namespace["spec"] = ["finalizers": ["kubernetes"]]
            _ = try await create(namespace, .namespaces)
            try await body()
            group.cancelAll()
        }
    }

    static let types: [ResourceType] = [
        .namespaces, .nodes, .pods, .services, .endpoints, .serviceAccounts, .configMaps, .secrets, .events,
        .endpointSlices, .deployments, .replicaSets, .statefulSets, .daemonSets, .controllerRevisions, .jobs,
        .customResourceDefinitions,
    ]
}
