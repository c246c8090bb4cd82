import ClusterSchema
import ClusterStore
import KubernetesAPI

extension ClusterAPIServer {
    /// How often a write is tried again that somebody else overtook.
    static let attempts = 16

    func update(_ body: JSONValue, _ target: Target, _ context: WriteContext) async throws(StatusError) -> Answer {
        guard target.definition.verbs.contains("update") else { throw .methodNotAllowed(target, "update") }
        let given = KubernetesObject(body)
        if target.subresource != "scale" {
            guard given.name == target.name else {
                throw StatusError(
                    .badRequest,
                    "the name of the object (\(given.name)) does not match the name on the URL (\(target.name))"
                )
            }
            guard !target.type.isNamespaced || given.namespace.isEmpty || given.namespace == target.namespace else {
                throw StatusError(
                    .badRequest,
                    "the namespace of the object (\(given.namespace)) does not match the namespace on the request "
                        + "(\(target.namespace))"
                )
            }
        }
        return try await change(target, context) { old throws(StatusError) in
            target.subresource == "scale" ? try Scale.apply(body, to: old, target) : body
        }
    }

    /// Reads, changes, admits and writes an object; again from the start when somebody else wrote in between, unless the
    /// new object names the resourceVersion that it was made from.
    func change(
        _ target: Target,
        _ context: WriteContext,
        ownsFields: Bool = false,
        _ make: (JSONValue) async throws(StatusError) -> JSONValue
    ) async throws(StatusError) -> Answer {
        for _ in 0..<Self.attempts {
            let stored = try await read(target)
            var new = try await make(stored.json)
            let given = KubernetesObject(new)
            if !given.resourceVersion.isEmpty, given.resourceVersion != String(stored.revision) {
                throw .modified(target.type, target.name)
            }
            if let uid = new[path: ["metadata", "uid"]]?.string, !uid.isEmpty,
                uid != stored.json[path: ["metadata", "uid"]]?.string
            {
                throw .conflict(
                    target.type,
                    target.name,
                    "Precondition failed: UID in precondition: \(uid), UID in object meta: "
                        + (stored.json[path: ["metadata", "uid"]]?.string ?? "")
                )
            }
            new = target.combine(old: stored.json, new: new)
            do {
                return try await replace(stored, new, target, context, ownsFields)
            } catch {
                switch error {
                // Whoever named a resourceVersion is refused at the next reading.
                case .overtaken: continue
                case .refused(let refusal): throw refusal
                }
            }
        }
        throw .modified(target.type, target.name)
    }

    private enum ReplaceError: Error {
        case overtaken
        case refused(StatusError)
    }

    private func replace(
        _ stored: StoredObject,
        _ new: JSONValue,
        _ target: Target,
        _ context: WriteContext,
        _ ownsFields: Bool
    ) async throws(ReplaceError) -> Answer {
        let admitted: Admitted
        do {
            admitted = try await admit(
                Proposal(
                    target: target,
                    operation: .update,
                    old: stored.json,
                    new: new,
                    context: context,
                    ownsFields: ownsFields
                )
            )
        } catch {
            throw .refused(error)
        }
        var json = admitted.json
        json[path: ["metadata", "resourceVersion"]] = stored.json[path: ["metadata", "resourceVersion"]]
        if context.isDryRun {
            return Answer(object: try shown(json, target), warnings: admitted.warnings)
        }
        let final = KubernetesObject(json)
        let result: StoredObject
        announce(target, final.isReadyToGo ? nil : json)
        do {
            if final.isReadyToGo {
                let gone = target.storageForm(json)
                try await store.remove(stored.key, expecting: .revision(stored.revision), final: gone)
                await removed(target, gone)
                return Answer(object: json, warnings: admitted.warnings)
            }
            result = try await store.write(
                stored.key,
                target.storageForm(json),
                expecting: .revision(stored.revision)
            )
        } catch {
            await retract(target)
            if case .conflict = error { throw .overtaken }
            throw .refused(StatusError(error, target.type, target.name))
        }
        await written(target, result.json, old: stored.json)
        return Answer(object: try shown(target.show(result).json, target), warnings: admitted.warnings)
    }

    private func shown(_ json: JSONValue, _ target: Target) throws(ReplaceError) -> JSONValue {
        guard target.subresource == "scale" else { return json }
        do { return try Scale.show(json, target) } catch { throw .refused(error) }
    }
}

extension KubernetesObject {
    /// Its deletion was asked for and nothing holds it any more.
    var isReadyToGo: Bool {
        guard deletionTimestamp != nil, finalizers.isEmpty else { return false }
        if kind == "Namespace", apiVersion == "v1", !(self["spec", "finalizers"]?.array ?? []).isEmpty { return false }
        return (self["metadata", "deletionGracePeriodSeconds"]?.integer ?? 0) == 0
    }
}

extension Target {
    /// The new object with everything that this kind of write may not change taken from the old one.
    func combine(old: JSONValue, new: JSONValue) -> JSONValue {
        var result = new
        if subresource == "status" {
            // Metadata and spec stay; kubectl and controllers may send them stale.
            result = old
            result["status"] = new["status"]
            result[path: ["metadata", "managedFields"]] = new[path: ["metadata", "managedFields"]]
            return result
        }
        for field in [
            "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation", "generateName",
            "selfLink", "resourceVersion",
        ] {
            result[path: ["metadata", field]] = old[path: ["metadata", field]]
        }
        result[path: ["metadata", "name"]] = old[path: ["metadata", "name"]]
        result[path: ["metadata", "namespace"]] = old[path: ["metadata", "namespace"]]
        if new[path: ["metadata", "managedFields"]] == nil {
            result[path: ["metadata", "managedFields"]] = old[path: ["metadata", "managedFields"]]
        }
        if definition.hasStatus { result["status"] = old["status"] }
        if type == .namespaces, subresource != "finalize", old[path: ["metadata", "deletionTimestamp"]] == nil {
            result[path: ["spec", "finalizers"]] = old[path: ["spec", "finalizers"]]
        }
        return result
    }
}
