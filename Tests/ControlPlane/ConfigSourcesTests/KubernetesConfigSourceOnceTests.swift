import KubernetesAPI
import MeshConfig
import Testing

@testable import ConfigSources

/// A look at a Kubernetes API, once.
@Suite struct KubernetesConfigSourceOnceTests {
    @Test func everyPageOfEveryKindIsReadButSecrets() async throws {
        let update = try await KubernetesConfigSource.once(PagedAPI())
        let names = update.snapshot.objects.map(\.key.name).sorted()
        #expect(names == ["a", "b"])
        #expect(update.errors.isEmpty)
    }

    @Test func aRefusalNamesTheKind() async {
        await #expect {
            try await KubernetesConfigSource.once(PagedAPI(refusal: .forbidden))
        } throws: { error in
            (error as? StatusError)?.message == "pods cannot be listed: no"
        }
    }
}

/// Has two Services on two pages, and knows no kinds of the mesh.
private struct PagedAPI: KubernetesAPI {
    /// What a list of pods gets.
    var refusal: StatusError.Reason?

    func list(_ type: ResourceType, _ options: ListOptions) async throws(StatusError) -> ObjectList {
        guard type != .secrets else { throw StatusError(.internalError, "Secrets are nobody's business") }
        if type.group.hasSuffix("istio.io") { throw StatusError(.notFound, "the server knows no \(type.plural)") }
        if type == .pods, let refusal { throw StatusError(refusal, "no") }
        guard type == .services else { return ObjectList(items: [], resourceVersion: "1") }
        var service = KubernetesObject(type, ObjectName(namespace: "n", name: options.continuation.isEmpty ? "a" : "b"))
        service["spec"] = ["ports": [["port": 80]]]
        return ObjectList(
            items: [service],
            resourceVersion: "1",
            continuation: options.continuation.isEmpty ? "more" : ""
        )
    }

    func get(_ type: ResourceType, _ name: ObjectName) async throws(StatusError) -> KubernetesObject {
        throw .notFound(type, name.name)
    }

    func watch(
        _ type: ResourceType,
        _ options: ListOptions
    ) async throws(StatusError) -> AsyncThrowingStream<WatchEvent, any Error> { throw .notFound(type, "") }

    func create(_ object: KubernetesObject, _ type: ResourceType) async throws(StatusError) -> KubernetesObject {
        throw .notFound(type, "")
    }

    func update(
        _ object: KubernetesObject,
        _ type: ResourceType,
        _ subresource: Subresource?
    ) async throws(StatusError) -> KubernetesObject { throw .notFound(type, "") }

    func patch(
        _ type: ResourceType,
        _ name: ObjectName,
        _ patch: Patch,
        _ subresource: Subresource?
    ) async throws(StatusError) -> KubernetesObject { throw .notFound(type, "") }

    func delete(_ type: ResourceType, _ name: ObjectName, _ options: DeleteOptions) async throws(StatusError) {
        throw .notFound(type, name.name)
    }
}
