package import KubernetesAPI
package import MeshConfig

extension KubernetesConfigSource {
    /// Everything of a Kubernetes API that the mesh reads, but Secrets, as it is now; for tools that look once.
    ///
    /// Kinds that the server does not know have no objects. Throws the first refusal, with the kind in its message.
    package static func once(
        _ api: any KubernetesAPI,
        mesh: MeshConfiguration = MeshConfiguration()
    ) async throws(StatusError) -> ConfigUpdate {
        let types = readTypes.filter { $0 != .secrets }
        var changes: [(ResourceType, Reflector.Event)] = []
        for type in types {
            changes.append((type, .synced(try await all(of: type, api))))
        }
        var contents = ObservedObjects(types: types, mesh: mesh)
        guard let update = contents.apply(changes) else {
            throw StatusError(.internalError, "the objects of the mesh cannot be put together")
        }
        return update
    }

    private static func all(of type: ResourceType, _ api: any KubernetesAPI) async throws(StatusError)
        -> [KubernetesObject]
    {
        var options = options(type)
        options.limit = 500
        var items: [KubernetesObject] = []
        do {
            repeat {
                let page = try await api.list(type, options)
                items += page.items
                options.continuation = page.continuation
            } while !options.continuation.isEmpty
        } catch  where error.reason == .notFound {
            return []
        } catch {
            throw StatusError(error.reason, "\(type.plural) cannot be listed: \(error.message)", code: error.code)
        }
        return items
    }
}
