import KubernetesAPI

/// The dependents a workload has, after it took those without a controller that its selector matches and let those go
/// that it no longer matches (`ControllerRefManager`).
struct Claim: Sendable, Equatable {
    var owned: [KubernetesObject] = []
    /// Adoptions and releases to perform first.
    var actions: [Action] = []

    init(_ owner: KubernetesObject, _ type: ResourceType, selector: LabelSelector, _ cache: ObjectCache) {
        let matching = cache.objects(type, in: owner.namespace, matching: selector)
        for object in matching where object.controller == nil {
            guard owner.deletionTimestamp == nil, object.deletionTimestamp == nil, !object.isFinished else { continue }
            actions.append(adopt(object, type, owner))
        }
        for object in cache.objects(type, ownedBy: owner.uid) where object.isControlled(by: owner) {
            if selector.matches(object.labels) {
                owned.append(object)
            } else if owner.deletionTimestamp == nil {
                actions.append(release(object, type, owner))
            }
        }
    }

    private func adopt(_ object: KubernetesObject, _ type: ResourceType, _ owner: KubernetesObject) -> Action {
        patch(object, type, object.ownerReferences + [OwnerReference(controller: owner)])
    }

    private func release(_ object: KubernetesObject, _ type: ResourceType, _ owner: KubernetesObject) -> Action {
        patch(object, type, object.ownerReferences.filter { $0.uid != owner.uid })
    }

    private func patch(_ object: KubernetesObject, _ type: ResourceType, _ owners: [OwnerReference]) -> Action {
        let metadata: JSONValue = [
            "uid": .string(object.uid), "resourceVersion": .string(object.resourceVersion),
            "ownerReferences": owners.isEmpty ? .null : .array(owners.map(\.json)),
        ]
        return .patch(type, object.objectName, ["metadata": metadata], nil)
    }
}

extension ObjectCache {
    /// The keys of the workloads of `type` that a change of one of their dependents concerns: its controller, before
    /// and after, or, when it has none, whoever's selector matches it.
    func owners(_ type: ResourceType, of change: ObjectChange) -> [ObjectName] {
        var names: [ObjectName] = []
        for object in [change.old, change.new].compactMap({ $0 }) {
            if let controller = object.controller {
                let name = ObjectName(namespace: object.namespace, name: controller.name)
                if controller.kind == type.kind, self.object(type, name)?.uid == controller.uid, !names.contains(name) {
                    names.append(name)
                }
            } else if object == change.new {
                names += objects(type, in: object.namespace)
                    .filter { LabelSelector(workload: $0["spec", "selector"])?.matches(object.labels) ?? false }
                    .map(\.objectName)
            }
        }
        return names
    }
}

/// Pods made from `spec.template`.
enum PodTemplate {
    /// A pod of the owner's template, without a name.
    static func pod(
        _ template: JSONValue,
        owner: KubernetesObject,
        labels: [String: String] = [:],
        annotations: [String: String] = [:]
    ) -> KubernetesObject {
        var pod = KubernetesObject([
            "apiVersion": "v1", "kind": "Pod", "metadata": ["namespace": .string(owner.namespace)],
            "spec": template["spec"] ?? [:],
        ])
        let metadata = template["metadata"] ?? [:]
        pod.labels = (metadata["labels"]?.strings ?? [:]).merging(labels) { $1 }
        pod.annotations = (metadata["annotations"]?.strings ?? [:]).merging(annotations) { $1 }
        pod.finalizers = metadata["finalizers"]?.array?.compactMap(\.string) ?? []
        pod.ownerReferences = [OwnerReference(controller: owner)]
        return pod
    }

    /// The same for templates that say the same: without nulls and empty objects, which servers add and drop, and
    /// without the label that is made from it.
    static func normalized(_ template: JSONValue) -> JSONValue {
        var template = template
        template[path: ["metadata", "labels", Deployment.hashLabel]] = nil
        template[path: ["metadata", "creationTimestamp"]] = nil
        return withoutEmpty(template)
    }

    static func hash(_ template: JSONValue, collisions: Int) -> String {
        var bytes = normalized(template).jsonBytes
        if collisions > 0 { bytes += Array(String(collisions).utf8) }
        return NameSuffix.encoded(NameSuffix.hash(bytes))
    }

    private static func withoutEmpty(_ value: JSONValue) -> JSONValue {
        switch value {
        case .object(let members):
            .object(members.mapValues(withoutEmpty).filter { $0.value != .null && $0.value != .object([:]) })
        case .array(let elements): .array(elements.map(withoutEmpty))
        default: value
        }
    }
}
