import ClusterSchema
import KubernetesAPI

/// The API in this process, with one user's rights: the same pipeline as over HTTPS, without the HTTPS.
struct LocalKubernetesAPI: KubernetesAPI {
    let server: ClusterAPIServer
    let user: UserInfo

    func get(_ type: ResourceType, _ name: ObjectName) async throws(StatusError) -> KubernetesObject {
        let target = try target(type, name)
        try await server.authorize(user, target.access("get"))
        return KubernetesObject(try await server.get(target))
    }

    func list(_ type: ResourceType, _ options: ListOptions) async throws(StatusError) -> ObjectList {
        let target = try target(type, ObjectName(namespace: options.namespace ?? "", name: ""))
        try await server.authorize(user, target.access("list"))
        var query = ListQuery()
        query.options = options
        let page = try await server.list(target, query)
        return ObjectList(
            items: page.objects.map(target.show),
            resourceVersion: String(page.revision),
            continuation: page.continuation
        )
    }

    func watch(
        _ type: ResourceType,
        _ options: ListOptions
    ) async throws(StatusError) -> AsyncThrowingStream<WatchEvent, any Error> {
        let target = try target(type, ObjectName(namespace: options.namespace ?? "", name: ""))
        try await server.authorize(user, target.access("watch"))
        var query = ListQuery()
        query.options = options
        let signals = try await server.watch(target, query)
        return AsyncThrowingStream { continuation in
            let work = Task {
                for await signal in signals {
                    if case .event(let event) = signal { continuation.yield(event) }
                }
                continuation.finish()
            }
            continuation.onTermination = { _ in work.cancel() }
        }
    }

    func create(_ object: KubernetesObject, _ type: ResourceType) async throws(StatusError) -> KubernetesObject {
        var target = try target(type, ObjectName(namespace: object.namespace, name: ""))
        try await server.authorize(user, target.access("create"))
        target.name = ""
        guard target.definition.isStored else {
            return KubernetesObject(try await server.review(object.json, target, user).object)
        }
        return KubernetesObject(try await server.create(object.json, target, context).object)
    }

    func update(
        _ object: KubernetesObject,
        _ type: ResourceType,
        _ subresource: Subresource?
    ) async throws(StatusError) -> KubernetesObject {
        let target = try target(type, object.objectName, subresource)
        switch subresource {
        case .binding, .eviction:
            try await server.authorize(user, target.access("create"))
            return KubernetesObject(try await server.createSubresource(object.json, target, context).object)
        case .status, .scale, nil:
            try await server.authorize(user, target.access("update"))
            return KubernetesObject(try await server.update(object.json, target, context).object)
        }
    }

    func patch(
        _ type: ResourceType,
        _ name: ObjectName,
        _ patch: Patch,
        _ subresource: Subresource?
    ) async throws(StatusError) -> KubernetesObject {
        let target = try target(type, name, subresource)
        try await server.authorize(user, target.access("patch"))
        return KubernetesObject(try await server.patch(patch, target, context).object)
    }

    func delete(_ type: ResourceType, _ name: ObjectName, _ options: DeleteOptions) async throws(StatusError) {
        let target = try target(type, name)
        try await server.authorize(user, target.access("delete"))
        _ = try await server.delete(target, options, context)
    }

    private var context: WriteContext {
        WriteContext(user: user, fieldManager: user.name.split(separator: ":").last.map(String.init) ?? "martlet")
    }

    private func target(
        _ type: ResourceType,
        _ name: ObjectName,
        _ subresource: Subresource? = nil
    ) throws(StatusError) -> Target {
        guard let definition = server.catalog.definition(type) else { throw .unknownResource }
        return Target(
            definition,
            namespace: definition.type.isNamespaced ? name.namespace : "",
            name: name.name,
            subresource: subresource?.rawValue ?? ""
        )
    }
}

extension StatusError {
    static let unknownResource = StatusError(.notFound, "the server could not find the requested resource")
}
