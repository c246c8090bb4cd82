import KubernetesAPI

extension Defaults {
    /// What a pod specification gets, in a pod and in every pattern of pods.
    static func podSpec(_ object: inout JSONValue, at path: [String]) {
        guard var spec = object[path: path] else { return }
        // Two names for one field; both are kept equal.
        if let name = spec["serviceAccountName"] ?? spec["serviceAccount"] {
            spec["serviceAccountName"] = name
            spec["serviceAccount"] = name
        }
        let usesHostNetwork = spec["hostNetwork"]?.bool == true
        for list in ["initContainers", "containers", "ephemeralContainers"] {
            guard var containers = spec[list]?.array else { continue }
            for index in containers.indices { container(&containers[index], usesHostNetwork) }
            spec[list] = .array(containers)
        }
        if var volumes = spec["volumes"]?.array {
            for index in volumes.indices where volumes[index].object?.count == 1 { volumes[index]["emptyDir"] = [:] }
            spec["volumes"] = .array(volumes)
        }
        object[path: path] = spec
    }

    private static func container(_ container: inout JSONValue, _ usesHostNetwork: Bool) {
        if container["imagePullPolicy"] == nil, let image = container["image"]?.string {
            container["imagePullPolicy"] = isLatest(image) ? "Always" : "IfNotPresent"
        }
        if let limits = container[path: ["resources", "limits"]]?.object {
            for (name, limit) in limits where container[path: ["resources", "requests", name]] == nil {
                container[path: ["resources", "requests", name]] = limit
            }
        }
        if usesHostNetwork, var ports = container["ports"]?.array {
            for index in ports.indices where ports[index]["hostPort"] == nil {
                ports[index]["hostPort"] = ports[index]["containerPort"]
            }
            container["ports"] = .array(ports)
        }
    }

    /// No tag, or `latest`, and no digest.
    private static func isLatest(_ image: String) -> Bool {
        if image.contains("@") { return false }
        let name = image.split(separator: "/").last ?? ""
        guard let colon = name.firstIndex(of: ":") else { return true }
        return name[name.index(after: colon)...] == "latest"
    }

    /// Guaranteed: every container has equal limits and requests of CPU and memory; BestEffort: none has any.
    static func qualityOfService(_ spec: JSONValue) -> String {
        let containers = (spec["containers"]?.array ?? []) + (spec["initContainers"]?.array ?? [])
        var isAnySet = false
        var isGuaranteed = true
        for container in containers {
            for name in ["cpu", "memory"] {
                let limit = container[path: ["resources", "limits", name]]
                let request = container[path: ["resources", "requests", name]]
                if limit != nil || request != nil { isAnySet = true }
                if limit == nil || limit != request { isGuaranteed = false }
            }
        }
        return !isAnySet ? "BestEffort" : isGuaranteed ? "Guaranteed" : "Burstable"
    }
}
