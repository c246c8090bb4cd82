import KubernetesAPI

/// Empties a namespace that is being deleted and then lets it go: phase `Terminating`, everything in it deleted,
/// `kubernetes` removed from `spec.finalizers`.
struct NamespaceController: Controller {
    let name = "namespace-controller"
    let types: Set<ResourceType> = [.namespaces]
    let watchesEverything = true

    static let finalizer = "kubernetes"

    func keys(_ change: ObjectChange, _ situation: Situation) -> [ObjectName] {
        if change.type == .namespaces {
            return change.new.map { $0.deletionTimestamp == nil ? [] : [$0.objectName] } ?? []
        }
        // Looks again when the last of the objects it waits for is gone.
        guard change.new == nil, let namespace = change.old?.namespace, !namespace.isEmpty,
            situation.ownership.count(in: namespace) == 0
        else { return [] }
        return [ObjectName(name: namespace)]
    }

    func decide(_ key: ObjectName, _ situation: Situation) -> Decision {
        guard let namespace = situation.cache.object(.namespaces, key), namespace.deletionTimestamp != nil else {
            return .nothing
        }
        if namespace["status", "phase"]?.string != "Terminating" {
            return Decision([.patch(.namespaces, key, ["status": ["phase": "Terminating"]], .status)])
        }
        guard finalizers(namespace).contains(Self.finalizer) else { return .nothing }
        // A watch may have missed nothing, but an object may also refuse to be deleted: look again.
        return Decision([.empty(namespace: namespace)], again: 5)
    }

    private func finalizers(_ namespace: KubernetesObject) -> [String] {
        namespace["spec", "finalizers"]?.array?.compactMap(\.string) ?? []
    }

    /// The patch that lets the namespace go.
    static func release(_ namespace: KubernetesObject) -> JSONValue {
        let staying = (namespace["spec", "finalizers"]?.array ?? []).filter { $0 != .string(finalizer) }
        return ["spec": ["finalizers": .array(staying)]]
    }

    /// The condition that says why the namespace is still there, as Kubernetes words it.
    static func remaining(_ counts: [(ResourceType, Int)], _ namespace: KubernetesObject, now: Timestamp) -> Action? {
        let resources = counts.map { "\($0.0.groupResource) has \($0.1) resource instances" }.joined(separator: ", ")
        var conditions = Conditions(namespace)
        conditions.set(
            Condition(
                type: "NamespaceContentRemaining",
                status: .true,
                reason: "SomeResourcesRemain",
                message: "Some resources are remaining: \(resources)"
            ),
            now: now
        )
        var status = namespace["status"] ?? [:]
        status["conditions"] = conditions.json
        return .status(namespace, .namespaces, status)
    }
}
