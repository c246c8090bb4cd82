import ClusterSchema
import ClusterStore
import KubernetesAPI

extension ClusterAPIServer {
    func delete(
        _ target: Target,
        _ options: DeleteOptions,
        _ context: WriteContext
    ) async throws(StatusError) -> Answer {
        guard target.definition.verbs.contains("delete") else { throw .methodNotAllowed(target, "delete") }
        for _ in 0..<Self.attempts {
            let stored = try await read(target)
            let object = KubernetesObject(stored.json)
            try check(options, object, stored.revision, target)
            try protect(target)
            let review = Review(
                proposal: Proposal(
                    target: target,
                    operation: .delete,
                    old: stored.json,
                    new: .null,
                    context: context
                ),
                object: .null
            )
            let warnings = try await callMutatingWebhooks(review).warnings + callValidatingWebhooks(review)
            let plan = Deletion(object, options, target, now: clock())
            do {
                switch plan {
                case .remove:
                    if !context.isDryRun {
                        let final = target.storageForm(object.json)
                        announce(target, nil)
                        try await store.remove(stored.key, expecting: .revision(stored.revision))
                        await removed(target, final)
                    }
                    return Answer(object: StatusError.success(target, uid: object.uid), warnings: warnings)
                case .mark(let marked):
                    if context.isDryRun || marked == object {
                        return Answer(object: marked.json, warnings: warnings)
                    }
                    let result = try await store.write(
                        stored.key,
                        target.storageForm(marked.json),
                        expecting: .revision(stored.revision)
                    )
                    await written(target, result.json, old: stored.json)
                    return Answer(object: target.show(result).json, warnings: warnings)
                }
            } catch {
                await retract(target)
                if case .conflict = error { continue }
                throw StatusError(error, target.type, target.name)
            }
        }
        throw .modified(target.type, target.name)
    }

    private func check(
        _ options: DeleteOptions,
        _ object: KubernetesObject,
        _ revision: Int64,
        _ target: Target
    ) throws(StatusError) {
        if let uid = options.uid, uid != object.uid {
            throw .conflict(
                target.type,
                target.name,
                "Precondition failed: UID in precondition: \(uid), UID in object meta: \(object.uid)"
            )
        }
        if let version = options.resourceVersion, version != String(revision) {
            throw .conflict(
                target.type,
                target.name,
                "Precondition failed: ResourceVersion in precondition: \(version), ResourceVersion in object meta: \(revision)"
            )
        }
    }

    /// The namespaces that a cluster cannot be without.
    private func protect(_ target: Target) throws(StatusError) {
        guard target.type == .namespaces, ["default", "kube-system", "kube-public"].contains(target.name) else {
            return
        }
        throw StatusError(
            .forbidden,
            "namespaces \"\(target.name)\" is forbidden: this namespace may not be deleted"
        ).about(target.type, target.name)
    }

    /// Deletes all that a query selects; answers with what was selected.
    func deleteCollection(
        _ target: Target,
        _ query: ListQuery,
        _ options: DeleteOptions,
        _ context: WriteContext
    ) async throws(StatusError) -> Page {
        guard target.definition.verbs.contains("deletecollection") else {
            throw .methodNotAllowed(target, "deletecollection")
        }
        let page = try await list(target, query)
        for object in page.objects {
            var one = target
            one.name = object.key.name
            one.namespace = object.key.namespace
            do {
                _ = try await delete(one, options, context)
            } catch {
                if error.reason != .notFound { throw error }
            }
        }
        return page
    }
}

/// What a request to delete does to an object.
enum Deletion: Sendable, Equatable {
    /// Nothing holds it: it goes.
    case remove
    /// It stays, marked, until its finalizers are gone and its grace period was cut to nothing.
    case mark(KubernetesObject)

    init(_ object: KubernetesObject, _ options: DeleteOptions, _ target: Target, now: Timestamp) {
        var object = object
        var finalizers = object.finalizers
        let known = ["foregroundDeletion", "orphan"]
        switch options.propagation {
        case .foreground: finalizers = finalizers.filter { !known.contains($0) } + [known[0]]
        case .orphan: finalizers = finalizers.filter { !known.contains($0) } + [known[1]]
        case .background: finalizers.removeAll(where: known.contains)
        case nil: break
        }
        object.finalizers = finalizers
        let grace = Self.grace(object, options, target)
        let isNamespace = target.type == .namespaces
        if grace == 0, finalizers.isEmpty, !isNamespace || (object["spec", "finalizers"]?.array ?? []).isEmpty {
            self = .remove
            return
        }
        if object.deletionTimestamp == nil {
            let (end, overflow) = now.seconds.addingReportingOverflow(grace)
            object["metadata", "deletionTimestamp"] = .string(
                Timestamp(seconds: overflow ? now.seconds : end).description
            )
            object["metadata", "deletionGracePeriodSeconds"] = .integer(grace)
            if object.generation > 0 { object.generation += 1 }
        } else if grace < object["metadata", "deletionGracePeriodSeconds"]?.integer ?? 0 {
            object["metadata", "deletionTimestamp"] = .string(
                Timestamp(seconds: now.seconds.addingReportingOverflow(grace).partialValue).description
            )
            object["metadata", "deletionGracePeriodSeconds"] = .integer(grace)
        }
        if isNamespace { object["status", "phase"] = "Terminating" }
        self = .mark(object)
    }

    /// Seconds that a scheduled, running pod is given to end; everything else goes at once.
    private static func grace(_ object: KubernetesObject, _ options: DeleteOptions, _ target: Target) -> Int64 {
        guard target.type == .pods else { return 0 }
        guard !(object["spec", "nodeName"]?.string ?? "").isEmpty else { return 0 }
        let phase = object["status", "phase"]?.string ?? ""
        guard phase != "Succeeded", phase != "Failed" else { return 0 }
        let wanted = options.gracePeriodSeconds ?? object["spec", "terminationGracePeriodSeconds"]?.integer ?? 30
        return min(max(0, wanted), Int64(Int32.max))
    }
}
