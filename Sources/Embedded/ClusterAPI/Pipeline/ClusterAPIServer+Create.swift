import ClusterSchema
import ClusterStore
import KubernetesAPI

extension ClusterAPIServer {
    func create(_ body: JSONValue, _ target: Target, _ context: WriteContext) async throws(StatusError) -> Answer {
        guard target.definition.verbs.contains("create") else { throw .methodNotAllowed(target, "create") }
        var object = KubernetesObject(body)
        guard object.resourceVersion.isEmpty else {
            throw StatusError(.badRequest, "resourceVersion should not be set on objects to be created")
        }
        try place(&object, target)
        let prefix = object["metadata", "generateName"]?.string ?? ""
        let isGenerated = object.name.isEmpty && !prefix.isEmpty
        for attempt in 0..<8 {
            if isGenerated { object.name = Identifiers.generateName(prefix) }
            guard !object.name.isEmpty else {
                throw .invalid(
                    target,
                    "metadata.name",
                    "Required value: name or generateName is required",
                    reason: "FieldValueRequired"
                )
            }
            do {
                return try await createNamed(object, target, context, ownsFields: false)
            } catch {
                guard isGenerated, error.reason == .alreadyExists, attempt < 7 else { throw error }
            }
        }
        throw StatusError(.serverTimeout, "no free name was found for \"\(prefix)\"")
    }

    /// The namespace of a new object: the request's, which the object must not contradict.
    private func place(_ object: inout KubernetesObject, _ target: Target) throws(StatusError) {
        guard target.type.isNamespaced else {
            object.namespace = ""
            return
        }
        if target.namespace.isEmpty {
            throw StatusError(.badRequest, "an empty namespace may not be set during creation")
        }
        if object.namespace.isEmpty { object.namespace = target.namespace }
        guard object.namespace == target.namespace else {
            throw StatusError(
                .badRequest,
                "the namespace of the provided object does not match the namespace sent on the request"
            )
        }
    }

    /// Admits and stores a new object that has its final name.
    func createNamed(
        _ object: KubernetesObject,
        _ target: Target,
        _ context: WriteContext,
        ownsFields: Bool
    ) async throws(StatusError) -> Answer {
        var target = target
        target.name = object.name
        target.namespace = object.namespace
        try await checkNamespace(target)
        var object = object
        for field in ["selfLink", "deletionTimestamp", "deletionGracePeriodSeconds", "resourceVersion"] {
            object["metadata", field] = nil
        }
        object.uid = Identifiers.uid()
        object["metadata", "creationTimestamp"] = .string(clock().description)
        if target.definition.hasStatus { object["status"] = InitialStatus.of(target.type) }
        let admitted = try await admit(
            Proposal(
                target: target,
                operation: .create,
                old: nil,
                new: object.json,
                context: context,
                ownsFields: ownsFields
            )
        )
        let key = StoreKey(target.type, object.objectName)
        if context.isDryRun {
            guard await self.stored(target.type, object.objectName) == nil else {
                throw .alreadyExists(target.type, target.name)
            }
            return Answer(object: admitted.json, code: 201, warnings: admitted.warnings)
        }
        let stored: StoredObject
        announce(target, admitted.json)
        do {
            stored = try await store.write(key, target.storageForm(admitted.json), expecting: .absent)
        } catch {
            releaseAddresses(admitted.json, target)
            await retract(target)
            throw StatusError(error, target.type, target.name)
        }
        await written(target, stored.json, old: nil)
        return Answer(object: target.show(stored).json, code: 201, warnings: admitted.warnings)
    }

    /// Kubernetes' NamespaceLifecycle: the namespace exists and is not going away.
    private func checkNamespace(_ target: Target) async throws(StatusError) {
        guard target.type.isNamespaced else { return }
        guard let namespace = await stored(.namespaces, ObjectName(name: target.namespace)) else {
            throw .notFound(.namespaces, target.namespace)
        }
        guard namespace.deletionTimestamp != nil else { return }
        var error = StatusError(
            .forbidden,
            "\(target.type.groupResource) \"\(target.name)\" is forbidden: unable to create new content in namespace "
                + "\(target.namespace) because it is being terminated"
        ).about(target.type, target.name)
        error.causes = [
            .init(
                reason: "NamespaceTerminating",
                message: "namespace \(target.namespace) is being terminated",
                field: "metadata.namespace"
            )
        ]
        throw error
    }
}

extension Target {
    /// The object as it is kept: in the resource's storage version.
    func storageForm(_ json: JSONValue) -> JSONValue {
        guard definition.storageVersion != type.version else { return json }
        var json = json
        json["apiVersion"] = .string(
            type.group.isEmpty ? definition.storageVersion : "\(type.group)/\(definition.storageVersion)"
        )
        return json
    }
}
