import KubernetesAPI

/// What Kubernetes' ServiceAccount admission does to a new pod: its account, and the token volume in every container.
enum PodAdmission {
    static let mountPath = "/var/run/secrets/kubernetes.io/serviceaccount"
    private static let volumePrefix = "kube-api-access-"

    /// The account that a pod runs as.
    static func accountName(_ pod: JSONValue) -> String {
        let name = pod[path: ["spec", "serviceAccountName"]]?.string ?? ""
        return name.isEmpty ? pod[path: ["spec", "serviceAccount"]]?.string ?? "default" : name
    }

    static func mutate(_ pod: JSONValue, account: KubernetesObject) -> JSONValue {
        var pod = pod
        pod[path: ["spec", "serviceAccountName"]] = .string(account.name)
        pod[path: ["spec", "serviceAccount"]] = .string(account.name)
        let pullSecrets = account["imagePullSecrets"]?.array ?? []
        if !pullSecrets.isEmpty, (pod[path: ["spec", "imagePullSecrets"]]?.array ?? []).isEmpty {
            pod[path: ["spec", "imagePullSecrets"]] = .array(pullSecrets)
        }
        let automount =
            pod[path: ["spec", "automountServiceAccountToken"]]?.bool ?? account["automountServiceAccountToken"]?.bool
            ?? true
        if automount { mountToken(&pod) }
        return pod
    }

    private static func mountToken(_ pod: inout JSONValue) {
        var volumes = pod[path: ["spec", "volumes"]]?.array ?? []
        let present = volumes.compactMap { $0["name"]?.string }.first { $0.hasPrefix(volumePrefix) }
        let name = present ?? volumePrefix + Identifiers.suffix()
        var isUsed = false
        for list in ["initContainers", "containers"] {
            guard let containers = pod[path: ["spec", list]]?.array else { continue }
            pod[path: ["spec", list]] = .array(
                containers.map { container in
                    var mounts = container["volumeMounts"]?.array ?? []
                    guard !mounts.contains(where: { $0["mountPath"]?.string == mountPath }) else { return container }
                    mounts.append(["name": .string(name), "mountPath": .string(mountPath), "readOnly": true])
                    isUsed = true
                    var container = container
                    container["volumeMounts"] = .array(mounts)
                    return container
                }
            )
        }
        guard isUsed, present == nil else { return }
        volumes.append(tokenVolume(name))
        pod[path: ["spec", "volumes"]] = .array(volumes)
    }

    /// 3607 seconds is how Kubernetes tells the tokens it asked for itself from those a user asked for.
    private static func tokenVolume(_ name: String) -> JSONValue {
        [
            "name": .string(name),
            "projected": [
                "defaultMode": 420,
                "sources": [
                    ["serviceAccountToken": ["expirationSeconds": 3607, "path": "token"]],
                    ["configMap": ["name": "kube-root-ca.crt", "items": [["key": "ca.crt", "path": "ca.crt"]]]],
                    [
                        "downwardAPI": [
                            "items": [
                                [
                                    "path": "namespace",
                                    "fieldRef": ["apiVersion": "v1", "fieldPath": "metadata.namespace"],
                                ]
                            ]
                        ]
                    ],
                ],
            ],
        ]
    }

    /// `status` of a pod that nobody has started yet.
    static func initialStatus(_ pod: JSONValue) -> JSONValue {
        ["phase": "Pending", "qosClass": .string(qualityOfService(pod))]
    }

    /// `Guaranteed` when every container limits and requests the same memory and CPU, `BestEffort` when none asks for
    /// any, else `Burstable`.
    private static func qualityOfService(_ pod: JSONValue) -> String {
        let containers =
            (pod[path: ["spec", "containers"]]?.array ?? [])
            + (pod[path: ["spec", "initContainers"]]?.array ?? [])
        var asks = false
        var isGuaranteed = true
        for container in containers {
            let limits = container[path: ["resources", "limits"]]?.object ?? [:]
            let requests = container[path: ["resources", "requests"]]?.object ?? [:]
            for resource in ["cpu", "memory"] {
                if limits[resource] != nil || requests[resource] != nil { asks = true }
                if limits[resource] == nil || (requests[resource] ?? limits[resource]) != limits[resource] {
                    isGuaranteed = false
                }
            }
        }
        return !asks ? "BestEffort" : isGuaranteed ? "Guaranteed" : "Burstable"
    }
}
