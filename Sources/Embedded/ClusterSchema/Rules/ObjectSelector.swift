import KubernetesAPI

/// `LabelSelector` as objects carry it: `matchLabels` and `matchExpressions`.
enum ObjectSelector {
    static func matches(_ selector: JSONValue, _ labels: [String: String]) -> Bool {
        let wanted = selector["matchLabels"]?.strings ?? [:]
        guard wanted.allSatisfy({ labels[$0.key] == $0.value }) else { return false }
        return (selector["matchExpressions"]?.array ?? []).allSatisfy { requirement in
            let value = labels[requirement["key"]?.string ?? ""]
            let values = (requirement["values"]?.array ?? []).compactMap(\.string)
            return switch requirement["operator"]?.string {
            case "In": value.map(values.contains) ?? false
            case "NotIn": !(value.map(values.contains) ?? false)
            case "Exists": value != nil
            case "DoesNotExist": value == nil
            default: false
            }
        }
    }

    /// The selector as `kubectl get -o wide` prints it; an empty one is `<none>`.
    static func text(_ selector: JSONValue?) -> String {
        var parts = (selector?["matchLabels"]?.strings ?? [:]).sorted { $0.key < $1.key }.map {
            "\($0.key)=\($0.value)"
        }
        for requirement in selector?["matchExpressions"]?.array ?? [] {
            let key = requirement["key"]?.string ?? ""
            let values = (requirement["values"]?.array ?? []).compactMap(\.string).sorted().joined(separator: ",")
            switch requirement["operator"]?.string {
            case "In": parts.append("\(key) in (\(values))")
            case "NotIn": parts.append("\(key) notin (\(values))")
            case "Exists": parts.append(key)
            default: parts.append("!\(key)")
            }
        }
        return parts.isEmpty ? "<none>" : parts.joined(separator: ",")
    }
}
