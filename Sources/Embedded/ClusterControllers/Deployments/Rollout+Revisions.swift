import KubernetesAPI

extension Rollout {
    /// Of the Deployment's annotations those a ReplicaSet does not take over.
    private static let ownAnnotations: Set<String> = [
        "kubectl.kubernetes.io/last-applied-configuration", "deprecated.deployment.rollback.to",
        Deployment.revision, Deployment.revisionHistory, Deployment.desiredReplicas, Deployment.maxReplicas,
    ]

    private var inheritedAnnotations: [String: String] {
        deployment.object.annotations.filter { !Self.ownAnnotations.contains($0.key) }
    }

    private var nextRevision: Int64 {
        let highest = old.map { Deployment.revision(of: $0) }.max() ?? 0
        return highest == .max ? highest : highest + 1
    }

    /// Gives the present ReplicaSet the highest revision, and the Deployment the revision of it.
    func revisionSteps() -> [Action] {
        guard let new else { return [] }
        var actions: [Action] = []
        var annotations = inheritedAnnotations.filter { new.annotations[$0.key] != $0.value }
        let present = Deployment.revision(of: new)
        var revision = present
        if present < nextRevision {
            revision = nextRevision
            annotations[Deployment.revision] = String(revision)
            if present > 0 {
                let history = new.annotations[Deployment.revisionHistory].map { $0 + "," } ?? ""
                annotations[Deployment.revisionHistory] = history + String(present)
            }
        }
        var patch: JSONValue = [:]
        if !annotations.isEmpty { patch["metadata"] = ["annotations": JSONValue(annotations)] }
        if (new.int("spec", "minReadySeconds") ?? 0) != deployment.minReadySeconds {
            patch["spec"] = ["minReadySeconds": .integer(Int64(deployment.minReadySeconds))]
        }
        if patch != [:] { actions.append(.patch(.replicaSets, new.objectName, patch, nil)) }
        if deployment.object.annotations[Deployment.revision] != String(revision) {
            let mark: JSONValue = ["metadata": ["annotations": [Deployment.revision: .string(String(revision))]]]
            actions.append(.patch(.deployments, deployment.object.objectName, mark, nil))
        }
        return actions
    }

    /// Creates the ReplicaSet of the present template.
    func createNew(_ cache: ObjectCache) -> [Action] {
        let object = deployment.object
        let hash = deployment.templateHash
        let name = ObjectName(namespace: object.namespace, name: "\(object.name)-\(hash)")
        if cache.object(.replicaSets, name) != nil {
            // Somebody else's, or another template with the same hash: hash again, with a count mixed in.
            let count: JSONValue = ["status": ["collisionCount": .integer(Int64(deployment.collisions + 1))]]
            return [.patch(.deployments, object.objectName, count, .status)]
        }
        var set = KubernetesObject(.replicaSets, name)
        var template = deployment.template
        template[path: ["metadata", "labels", Deployment.hashLabel]] = .string(hash)
        set.labels = template[path: ["metadata", "labels"]]?.strings ?? [:]
        set.annotations = inheritedAnnotations.merging(sizes) { $1 }
            .merging([Deployment.revision: String(nextRevision)]) { $1 }
        set.ownerReferences = [OwnerReference(controller: object)]
        var selector = object["spec", "selector"] ?? [:]
        selector[path: ["matchLabels", Deployment.hashLabel]] = .string(hash)
        let size = deployment.isRecreate ? deployment.replicas : newSize(present: 0)
        set["spec"] = ["replicas": .integer(Int64(size)), "selector": selector, "template": template]
        if deployment.minReadySeconds > 0 {
            set["spec", "minReadySeconds"] = .integer(Int64(deployment.minReadySeconds))
        }
        let report = Report(
            about: object,
            successReason: size > 0 ? "ScalingReplicaSet" : "",
            success: "Scaled up replica set \(name.name) from 0 to \(size)",
            failureReason: "ReplicaSetCreateError",
            failure: "Failed to create new replica set \"\(name.name)\": {error}"
        )
        return [.create(.replicaSets, set, report)]
    }

    /// Deletes the oldest ReplicaSets beyond `revisionHistoryLimit`.
    func cleanUp() -> [Action] {
        let candidates = old.filter { $0.deletionTimestamp == nil }
        let excess = candidates.count - deployment.historyLimit
        guard excess > 0 else { return [] }
        return candidates.sorted { Deployment.revision(of: $0) < Deployment.revision(of: $1) }
            .prefix(excess)
            .filter { set in
                set.replicas == 0 && set.counted("replicas") == 0
                    && set.generation <= (set["status", "observedGeneration"]?.integer ?? 0)
            }
            .map { .delete(.replicaSets, $0, DeleteOptions(propagation: .background), nil) }
    }
}
