import KubernetesAPI

/// Deletes what lost its owners, and lets owners go whose dependents went first or were orphaned
/// (`metadata.ownerReferences`, finalizers `foregroundDeletion` and `orphan`). Its keys are uids.
struct GarbageCollector: Controller {
    let name = "garbage-collector-controller"
    let types: Set<ResourceType> = []
    let watchesEverything = true

    func keys(_ change: ObjectChange, _ situation: Situation) -> [ObjectName] {
        guard let object = change.object else { return [] }
        let dependents = situation.ownership.dependents(of: object.uid).map { ObjectName(name: $0.uid) }
        guard let new = change.new else {
            // Owners waiting for this one look again.
            return dependents + object.ownerReferences.map { ObjectName(name: $0.uid) }
        }
        if new.deletionTimestamp != nil { return [ObjectName(name: new.uid)] + dependents }
        let former = change.old?.ownerReferences.map(\.uid) ?? []
        let owners = new.ownerReferences.map(\.uid)
        let lost = former.filter { !owners.contains($0) }.map { ObjectName(name: $0) }
        return owners.isEmpty ? lost : [ObjectName(name: new.uid)] + lost
    }

    func decide(_ key: ObjectName, _ situation: Situation) -> Decision {
        let graph = situation.ownership
        guard let node = graph[key.name] else { return .nothing }
        if node.isBeingDeleted {
            if node.finalizers.contains(Finalizer.orphan) { return orphan(node, graph) }
            if node.isDeletingDependents { return deleteDependents(node, graph) }
            return .nothing
        }
        return node.owners.isEmpty ? .nothing : collect(node, graph)
    }

    private func orphan(_ node: OwnershipGraph.Node, _ graph: OwnershipGraph) -> Decision {
        var actions = graph.dependents(of: node.uid).map { withoutOwners($0, [node.uid]) }
        actions.append(withoutFinalizer(node, Finalizer.orphan))
        return Decision(actions)
    }

    private func deleteDependents(_ node: OwnershipGraph.Node, _ graph: OwnershipGraph) -> Decision {
        let blocking = graph.dependents(of: node.uid).filter { dependent in
            dependent.owners.contains { $0.uid == node.uid && $0.blocksOwnerDeletion }
        }
        // The dependents have keys of their own; they were told when this one began to be deleted.
        return blocking.isEmpty ? Decision([withoutFinalizer(node, Finalizer.foreground)]) : .nothing
    }

    /// Keeps a dependent while one owner stays; deletes it with its last.
    private func collect(_ node: OwnershipGraph.Node, _ graph: OwnershipGraph) -> Decision {
        var solid = 0
        var gone: Set<String> = []
        var waiting: Set<String> = []
        var unknown: [OwnerReference] = []
        for owner in node.owners {
            if let known = graph[owner.uid] {
                if known.isDeletingDependents, owner.blocksOwnerDeletion {
                    waiting.insert(owner.uid)
                } else {
                    solid += 1
                }
            } else if graph.isAbsent(owner.uid) {
                gone.insert(owner.uid)
            } else if graph.isUnresolved(owner.uid) {
                solid += 1
            } else {
                unknown.append(owner)
            }
        }
        guard unknown.isEmpty else { return Decision([.lookUp(unknown, namespace: node.name.namespace)]) }
        let leaving = gone.union(waiting)
        guard !leaving.isEmpty else { return .nothing }
        if solid > 0 { return Decision([withoutOwners(node, leaving)]) }
        var propagation = DeleteOptions.Propagation.background
        if !waiting.isEmpty, !graph.dependents(of: node.uid).isEmpty { propagation = .foreground }
        if node.finalizers.contains(Finalizer.foreground) { propagation = .foreground }
        if node.finalizers.contains(Finalizer.orphan) { propagation = .orphan }
        var target = KubernetesObject(node.type, node.name)
        target.uid = node.uid
        return Decision([.delete(node.type, target, DeleteOptions(propagation: propagation, uid: node.uid), nil)])
    }

    private func withoutOwners(_ node: OwnershipGraph.Node, _ leaving: Set<String>) -> Action {
        let staying = node.owners.filter { !leaving.contains($0.uid) }.map(\.json)
        return .patch(node.type, node.name, ["metadata": .object(guarded(node, "ownerReferences", staying))], nil)
    }

    private func withoutFinalizer(_ node: OwnershipGraph.Node, _ finalizer: String) -> Action {
        let staying = node.finalizers.filter { $0 != finalizer }.map { JSONValue.string($0) }
        return .patch(node.type, node.name, ["metadata": .object(guarded(node, "finalizers", staying))], nil)
    }

    /// A list is replaced whole, so the patch holds only for the version it was made from.
    private func guarded(_ node: OwnershipGraph.Node, _ field: String, _ list: [JSONValue]) -> [String: JSONValue] {
        [
            "uid": .string(node.uid), "resourceVersion": .string(node.resourceVersion),
            field: list.isEmpty ? .null : .array(list),
        ]
    }
}
