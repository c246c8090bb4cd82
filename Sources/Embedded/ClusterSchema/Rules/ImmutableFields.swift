import KubernetesAPI

/// Fields of built-in kinds that a change of the object must leave as they are.
enum ImmutableFields {
    static func errors(old: JSONValue, new: JSONValue, _ type: ResourceType) -> [FieldError] {
        let fixed: [[String]] =
            switch (type.group, type.kind) {
            case ("apps", "Deployment"), ("apps", "ReplicaSet"), ("apps", "DaemonSet"): [["spec", "selector"]]
            case ("batch", "Job"):
                [["spec", "selector"], ["spec", "template"], ["spec", "completionMode"], ["spec", "completions"]]
            case ("", "Secret"): [["type"]]
            case ("rbac.authorization.k8s.io", "RoleBinding"), ("rbac.authorization.k8s.io", "ClusterRoleBinding"):
                [["roleRef"]]
            case ("scheduling.k8s.io", "PriorityClass"): [["value"]]
            case ("storage.k8s.io", "StorageClass"): [["provisioner"], ["parameters"]]
            case ("discovery.k8s.io", "EndpointSlice"): [["addressType"]]
            case ("apiextensions.k8s.io", "CustomResourceDefinition"):
                [["spec", "group"], ["spec", "scope"], ["spec", "names", "kind"], ["spec", "names", "plural"]]
            default: []
            }
        var errors = fixed.compactMap { path -> FieldError? in
            guard let before = old[path: path], before != new[path: path] ?? .null else { return nil }
            if type.kind == "Job", path.last == "completions", old[path: ["spec", "completionMode"]] == "Indexed" {
                return nil
            }
            return .invalid(path.joined(separator: "."), new[path: path] ?? .null, "field is immutable")
        }
        switch (type.group, type.kind) {
        case ("", "ConfigMap"): errors += sealed(old, new, ["data", "binaryData"])
        case ("", "Secret"): errors += sealed(old, new, ["data"])
        case ("", "Service"): errors += service(old, new)
        case ("", "Pod"): errors += pod(old, new)
        case ("apps", "StatefulSet"): errors += statefulSet(old, new)
        default: break
        }
        return errors
    }

    private static func sealed(_ old: JSONValue, _ new: JSONValue, _ fields: [String]) -> [FieldError] {
        guard old["immutable"]?.bool == true else { return [] }
        var errors: [FieldError] = []
        if new["immutable"]?.bool != true {
            errors.append(.forbidden("immutable", "field is immutable when `immutable` is set"))
        }
        for field in fields where old[field] != new[field] {
            errors.append(.forbidden(field, "field is immutable when `immutable` is set"))
        }
        return errors
    }

    private static func service(_ old: JSONValue, _ new: JSONValue) -> [FieldError] {
        guard let before = old[path: ["spec", "clusterIP"]]?.string, !before.isEmpty,
            old[path: ["spec", "type"]] != "ExternalName", new[path: ["spec", "type"]] != "ExternalName"
        else { return [] }
        let after = new[path: ["spec", "clusterIP"]] ?? ""
        // Left out means kept; the server fills it in.
        return after == "" || after == .string(before)
            ? [] : [.invalid("spec.clusterIPs[0]", .array([after]), "may not change once set")]
    }

    /// Of a pod only the images, the deadline, the grace period and further tolerations may change.
    private static func pod(_ old: JSONValue, _ new: JSONValue) -> [FieldError] {
        func fixedPart(_ object: JSONValue) -> JSONValue {
            var spec = object["spec"] ?? [:]
            for field in [
                "activeDeadlineSeconds", "terminationGracePeriodSeconds", "tolerations", "ephemeralContainers",
                "schedulingGates", "nodeName",
            ] { spec[field] = nil }
            for list in ["containers", "initContainers"] {
                guard var containers = spec[list]?.array else { continue }
                for index in containers.indices {
                    containers[index]["image"] = nil
                    containers[index]["imagePullPolicy"] = nil
                }
                spec[list] = .array(containers)
            }
            return spec
        }
        var errors: [FieldError] = []
        if fixedPart(old) != fixedPart(new) {
            errors.append(
                .forbidden(
                    "spec",
                    "pod updates may not change fields other than `spec.containers[*].image`,"
                        + "`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` "
                        + "(only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to "
                        + "be set to 1 if it was previously negative)"
                )
            )
        }
        let node = old[path: ["spec", "nodeName"]]
        if let node, node != "", new[path: ["spec", "nodeName"]] != node {
            errors.append(.forbidden("spec.nodeName", "field is immutable"))
        }
        return errors
    }

    private static func statefulSet(_ old: JSONValue, _ new: JSONValue) -> [FieldError] {
        let free: Set<String> = [
            "replicas", "ordinals", "template", "updateStrategy", "revisionHistoryLimit",
            "persistentVolumeClaimRetentionPolicy", "minReadySeconds",
        ]
        let before = old["spec"]?.object?.filter { !free.contains($0.key) } ?? [:]
        let after = new["spec"]?.object?.filter { !free.contains($0.key) } ?? [:]
        guard before != after else { return [] }
        return [
            .forbidden(
                "spec",
                "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', "
                    + "'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and "
                    + "'minReadySeconds' are forbidden"
            )
        ]
    }
}
