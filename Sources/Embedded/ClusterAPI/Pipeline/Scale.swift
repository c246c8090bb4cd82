import ClusterSchema
import KubernetesAPI

/// The `/scale` subresource: replicas of any kind as `autoscaling/v1 Scale`.
enum Scale {
    static func show(_ object: JSONValue, _ target: Target) throws(StatusError) -> JSONValue {
        guard let paths = target.definition.scale else {
            throw StatusError(.notFound, "the server could not find the requested resource")
        }
        var metadata: JSONValue = [:]
        for field in ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"] {
            metadata[field] = object[path: ["metadata", field]]
        }
        var status: JSONValue = ["replicas": .integer(object[path: paths.statusReplicas]?.integer ?? 0)]
        if let path = paths.labelSelector, let selector = object[path: path] {
            status["selector"] = .string(selector.string ?? text(selector))
        }
        return [
            "kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": metadata,
            "spec": ["replicas": .integer(object[path: paths.specReplicas]?.integer ?? 0)], "status": status,
        ]
    }

    /// The object with the replicas of a Scale.
    static func apply(_ scale: JSONValue, to object: JSONValue, _ target: Target) throws(StatusError) -> JSONValue {
        guard let paths = target.definition.scale else {
            throw StatusError(.notFound, "the server could not find the requested resource")
        }
        let replicas = scale[path: ["spec", "replicas"]]?.integer ?? 0
        guard (0...Int64(Int32.max)).contains(replicas) else {
            throw .invalid(
                target,
                "spec.replicas",
                "Invalid value: \(replicas): must be greater than or equal to 0"
            )
        }
        var object = object
        object[path: paths.specReplicas] = .integer(replicas)
        object[path: ["metadata", "resourceVersion"]] = scale[path: ["metadata", "resourceVersion"]]
        return object
    }

    /// A LabelSelector in the syntax of queries.
    private static func text(_ selector: JSONValue) -> String {
        var parts = (selector["matchLabels"]?.strings ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        for expression in selector["matchExpressions"]?.array ?? [] {
            let key = expression["key"]?.string ?? ""
            let values = (expression["values"]?.array?.compactMap(\.string) ?? []).joined(separator: ",")
            switch expression["operator"]?.string {
            case "In": parts.append("\(key) in (\(values))")
            case "NotIn": parts.append("\(key) notin (\(values))")
            case "Exists": parts.append(key)
            case "DoesNotExist": parts.append("!\(key)")
            default: break
            }
        }
        return parts.joined(separator: ",")
    }
}
