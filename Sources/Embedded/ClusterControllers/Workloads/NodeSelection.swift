import KubernetesAPI

/// Whether a pod may run on a node, as far as a cluster of one node asks: `nodeSelector`, required node affinity,
/// cordons. Taints, resources and rules about other pods are not looked at: there is no other node to prefer.
enum NodeSelection {
    enum Refusal: Sendable, Hashable {
        case unschedulable, selector

        /// The scheduler's words behind a count of nodes.
        var text: String {
            switch self {
            case .unschedulable: "node(s) were unschedulable"
            case .selector: "node(s) didn't match Pod's node affinity/selector"
            }
        }
    }

    /// Nil when the pod may run there.
    static func refusal(_ spec: JSONValue?, _ node: KubernetesObject, ignoringCordon: Bool = false) -> Refusal? {
        let labels = node.labels
        guard LabelSelector(labels: spec?["nodeSelector"]?.strings ?? [:]).matches(labels) else { return .selector }
        let required = spec?[path: ["affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"]]
        if let terms = required?["nodeSelectorTerms"]?.array, !terms.contains(where: { matches($0, node, labels) }) {
            return .selector
        }
        if !ignoringCordon, node.bool("spec", "unschedulable") == true { return .unschedulable }
        return nil
    }

    private static func matches(_ term: JSONValue, _ node: KubernetesObject, _ labels: [String: String]) -> Bool {
        let expressions = term["matchExpressions"]?.array ?? []
        let fields = term["matchFields"]?.array ?? []
        guard !expressions.isEmpty || !fields.isEmpty else { return false }
        return expressions.allSatisfy { matches($0, labels) }
            && fields.allSatisfy { matches($0, ["metadata.name": node.name]) }
    }

    private static func matches(_ expression: JSONValue, _ labels: [String: String]) -> Bool {
        if let requirement = LabelSelector.requirement(expression) {
            return LabelSelector(requirements: [requirement]).matches(labels)
        }
        guard let key = expression["key"]?.string, let value = labels[key].flatMap({ Int64($0) }),
            let bound = expression["values"]?.array?.first?.string.flatMap({ Int64($0) })
        else { return false }
        switch expression["operator"]?.string {
        case "Gt": return value > bound
        case "Lt": return value < bound
        default: return false
        }
    }
}
