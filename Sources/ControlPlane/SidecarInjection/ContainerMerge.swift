import KubernetesAPI

/// A user's container laid over a template's one, as a strategic merge patch would be. Pure.
enum ContainerMerge {
    /// Members that are lists of named things, and the member that names them.
    private static let keys = [
        "env": "name", "ports": "containerPort", "volumeMounts": "mountPath", "volumeDevices": "devicePath",
        "resizePolicy": "resourceName",
    ]

    /// Members of which only one may be written: a probe's or hook's handlers, a variable's sources.
    private static let exclusive: [Set<String>] = [
        ["httpGet", "exec", "tcpSocket", "grpc", "sleep"], ["value", "valueFrom"],
    ]

    /// `template` with everything that `container` says; an image of `auto` says nothing.
    static func merge(_ container: JSONValue, over template: JSONValue) -> JSONValue {
        var container = container
        if container["image"]?.string == "auto" { container["image"] = nil }
        return mergeObject(container, over: template)
    }

    private static func mergeObject(_ patch: JSONValue, over base: JSONValue) -> JSONValue {
        guard let changes = patch.object, var result = base.object else { return patch }
        for group in exclusive where changes.keys.contains(where: group.contains) {
            for name in group where changes[name] == nil { result[name] = nil }
        }
        for (name, change) in changes {
            if change.isNull {
                result[name] = nil
            } else if let key = keys[name], let additions = change.array, let present = result[name]?.array {
                result[name] = .array(mergeList(additions, over: present, key: key))
            } else if let present = result[name] {
                result[name] = mergeObject(change, over: present)
            } else {
                result[name] = change
            }
        }
        return .object(result)
    }

    private static func mergeList(_ additions: [JSONValue], over present: [JSONValue], key: String) -> [JSONValue] {
        var result = present
        for addition in additions {
            if let index = result.firstIndex(where: { $0[key] != nil && $0[key] == addition[key] }) {
                result[index] = mergeObject(addition, over: result[index])
            } else {
                result.append(addition)
            }
        }
        return result
    }
}
