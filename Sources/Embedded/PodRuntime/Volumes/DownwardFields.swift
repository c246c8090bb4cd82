import KubernetesAPI

/// The downward API: what a pod may learn of itself.
struct DownwardFields: Sendable {
    var pod: KubernetesObject
    var nodeName: String
    var hostAddress: String
    var podAddress: String
    /// Thousandths of a core and bytes: what limits of containers without any stand for.
    var nodeMillicores: Int64
    var nodeMemory: Int64

    /// `fieldRef.fieldPath`; nil when there is no such field.
    func field(_ path: String) -> String? {
        switch path {
        case "metadata.name": pod.name
        case "metadata.namespace": pod.namespace
        case "metadata.uid": pod.uid
        case "metadata.labels": Self.lines(pod.labels)
        case "metadata.annotations": Self.lines(pod.annotations)
        case "spec.nodeName": nodeName
        case "spec.serviceAccountName": pod["spec", "serviceAccountName"]?.string ?? "default"
        case "status.hostIP", "status.hostIPs": hostAddress
        case "status.podIP", "status.podIPs": podAddress
        default: subscripted(path)
        }
    }

    /// `metadata.labels['key']`.
    private func subscripted(_ path: String) -> String? {
        for (prefix, values) in [("metadata.labels['", pod.labels), ("metadata.annotations['", pod.annotations)]
        where path.hasPrefix(prefix) && path.hasSuffix("']") {
            return values[String(path.dropFirst(prefix.count).dropLast(2))] ?? ""
        }
        return nil
    }

    /// `key="value"`, sorted, with the value as Go quotes it.
    private static func lines(_ values: [String: String]) -> String {
        values.sorted { $0.key < $1.key }.map { "\($0.key)=\(JSONValue.string($0.value).jsonText)" }.joined(
            separator: "\n"
        )
    }

    /// `resourceFieldRef`: the value in units of the divisor, rounded up.
    func resource(_ reference: JSONValue, of container: JSONValue) -> String {
        let parts = (reference["resource"]?.string ?? "").split(separator: ".", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { return "0" }
        let written = Quantity.thousandths(container[path: ["resources", parts[0], parts[1]]])
        var amount = written ?? 0
        if parts[0] == "limits", amount == 0 {
            // Without a limit the node is the limit.
            switch parts[1] {
            case "cpu": amount = nodeMillicores
            case "memory": amount = nodeMemory.multipliedReportingOverflow(by: 1000).partialValue
            default: break
            }
        }
        var divisor = Quantity.thousandths(reference["divisor"]) ?? 0
        if divisor <= 0 { divisor = 1000 }
        return String(amount / divisor + (amount % divisor > 0 ? 1 : 0))
    }
}
