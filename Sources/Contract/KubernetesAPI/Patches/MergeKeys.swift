/// How a strategic merge patch treats a list.
enum ListMerge: Sendable, Hashable {
    /// The patch's list takes the place of the live one.
    case atomic
    /// Elements are objects; those with the same value of this member are merged (`patchMergeKey`).
    case byKey(String)
    /// Elements are plain values, each at most once.
    case set
}

/// Which lists of the built-in kinds are merged, and by what (the `patchStrategy` and `patchMergeKey` tags of
/// Kubernetes' API types). All others are atomic.
enum MergeKeys {
    /// Of a list at a dotted path of member names; list elements add nothing to it: `spec.containers.env`.
    static func merge(_ path: String, kind: String) -> ListMerge {
        if let found = everyKind[path] ?? kinds[kind]?[path] { return found }
        guard let prefix = podSpecs[kind], path.hasPrefix(prefix), path.dropFirst(prefix.count).first == "." else {
            return podTemplateMetadata(path, kind: kind)
        }
        return podSpec[String(path.dropFirst(prefix.count + 1))] ?? .atomic
    }

    /// The metadata of the pod template: beside its `spec`.
    private static func podTemplateMetadata(_ path: String, kind: String) -> ListMerge {
        guard let spec = podSpecs[kind], spec.hasSuffix(".spec") else { return .atomic }
        let prefix = spec.dropLast("spec".count)
        return path.hasPrefix(prefix) ? everyKind[String(path.dropFirst(prefix.count))] ?? .atomic : .atomic
    }

    /// Where a kind keeps its PodSpec.
    private static let podSpecs: [String: String] = [
        "Pod": "spec", "PodTemplate": "template.spec", "ReplicationController": "spec.template.spec",
        "Deployment": "spec.template.spec", "ReplicaSet": "spec.template.spec", "StatefulSet": "spec.template.spec",
        "DaemonSet": "spec.template.spec", "Job": "spec.template.spec",
        "CronJob": "spec.jobTemplate.spec.template.spec",
    ]

    private static let everyKind: [String: ListMerge] = [
        "metadata.ownerReferences": .byKey("uid"),
        "metadata.finalizers": .set,
        "status.conditions": .byKey("type"),
    ]

    private static let podSpec: [String: ListMerge] = {
        var table: [String: ListMerge] = [
            "containers": .byKey("name"), "initContainers": .byKey("name"), "ephemeralContainers": .byKey("name"),
            "volumes": .byKey("name"), "imagePullSecrets": .byKey("name"), "hostAliases": .byKey("ip"),
            "topologySpreadConstraints": .byKey("topologyKey"), "schedulingGates": .byKey("name"),
            "resourceClaims": .byKey("name"),
        ]
        for list in ["containers", "initContainers", "ephemeralContainers"] {
            table["\(list).env"] = .byKey("name")
            table["\(list).ports"] = .byKey("containerPort")
            table["\(list).volumeMounts"] = .byKey("mountPath")
            table["\(list).volumeDevices"] = .byKey("devicePath")
        }
        return table
    }()

    private static let webhooks: [String: ListMerge] = [
        "webhooks": .byKey("name"), "webhooks.matchConditions": .byKey("name"),
    ]

    private static let kinds: [String: [String: ListMerge]] = [
        "Pod": [
            "status.podIPs": .byKey("ip"), "status.hostIPs": .byKey("ip"),
            "status.resourceClaimStatuses": .byKey("name"),
        ],
        "Service": ["spec.ports": .byKey("port")],
        "ServiceAccount": ["secrets": .byKey("name")],
        "Node": ["status.addresses": .byKey("type"), "spec.podCIDRs": .set],
        "MutatingWebhookConfiguration": webhooks,
        "ValidatingWebhookConfiguration": webhooks,
        "PersistentVolumeClaim": ["status.conditions": .byKey("type")],
    ]
}
