import ClusterSchema
import ClusterStore
import KubernetesAPI

extension ClusterAPIServer {
    func patch(_ patch: Patch, _ target: Target, _ context: WriteContext) async throws(StatusError) -> Answer {
        guard target.definition.verbs.contains("patch") else { throw .methodNotAllowed(target, "patch") }
        if case .apply(let configuration, let manager, let force) = patch {
            return try await apply(configuration, manager, force, target, context)
        }
        if case .strategic = patch, target.definition.isCustom {
            throw StatusError(
                .unsupportedMediaType,
                "the body of the request was in an unknown format - accepted media types include: "
                    + "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml"
            )
        }
        return try await change(target, context) { old throws(StatusError) in
            guard target.subresource == "scale" else { return try Self.patched(old, patch, target) }
            let scale = try Self.patched(try Scale.show(old, target), patch, target)
            return try Scale.apply(scale, to: old, target)
        }
    }

    private static func patched(_ old: JSONValue, _ patch: Patch, _ target: Target) throws(StatusError) -> JSONValue {
        let new: JSONValue
        switch patch {
        case .merge(let change):
            guard case .object = change else { throw StatusError(.badRequest, "a merge patch must be an object") }
            new = MergePatch.apply(change, to: old)
        case .strategic(let change):
            guard case .object = change else {
                throw StatusError(.badRequest, "a strategic merge patch must be an object")
            }
            new = try StrategicMerge.apply(change, to: old, kind: target.type.kind)
        case .json(let operations):
            new = try JSONPatch(operations).apply(to: old)
        case .apply(let configuration, _, _): new = configuration
        }
        guard new[path: ["metadata", "name"]] == old[path: ["metadata", "name"]] else {
            throw StatusError(.badRequest, "the name of the object may not be changed by a patch")
        }
        guard new["kind"] == old["kind"], new["apiVersion"] == old["apiVersion"] else {
            throw StatusError(.badRequest, "apiVersion and kind may not be changed by a patch")
        }
        return new
    }

    /// Server-side apply: creates or merges.
    private func apply(
        _ configuration: JSONValue,
        _ manager: String,
        _ force: Bool,
        _ target: Target,
        _ context: WriteContext
    ) async throws(StatusError) -> Answer {
        guard !manager.isEmpty else {
            throw StatusError(
                .badRequest,
                "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for apply patch"
            )
        }
        guard case .object = configuration else {
            throw StatusError(.badRequest, "an applied configuration must be an object")
        }
        var context = context
        context.fieldManager = manager
        var configuration = configuration
        guard (configuration[path: ["metadata", "name"]]?.string ?? target.name) == target.name else {
            throw StatusError(
                .badRequest,
                "metadata.name: Invalid value: the name does not match the name on the URL (\(target.name))"
            )
        }
        configuration[path: ["metadata", "name"]] = .string(target.name)
        if target.type.isNamespaced { configuration[path: ["metadata", "namespace"]] = .string(target.namespace) }
        let writer = writer(target, context)
        for _ in 0..<Self.attempts {
            do {
                return try await change(target, context, ownsFields: true) { old throws(StatusError) in
                    try FieldOwnership.apply(configuration, to: old, target.definition, writer, force: force)
                }
            } catch {
                guard error.reason == .notFound, target.subresource.isEmpty, error.kind == target.type.plural else {
                    throw error
                }
            }
            let new = try FieldOwnership.apply(configuration, to: nil, target.definition, writer, force: force)
            do {
                return try await createNamed(KubernetesObject(new), target, context, ownsFields: true)
            } catch {
                guard error.reason == .alreadyExists, !context.isDryRun else { throw error }
            }
        }
        throw .modified(target.type, target.name)
    }
}
