import KubernetesAPI

/// `status.qosClass`.
enum QualityOfService: String {
    case guaranteed = "Guaranteed"
    case burstable = "Burstable"
    case bestEffort = "BestEffort"

    static func of(_ spec: JSONValue?) -> QualityOfService {
        let containers = (spec?["containers"]?.array ?? []) + (spec?["initContainers"]?.array ?? [])
        var asksAnything = false
        var isGuaranteed = true
        for container in containers {
            let requests = container[path: ["resources", "requests"]]
            let limits = container[path: ["resources", "limits"]]
            for resource in ["cpu", "memory"] {
                let request = Quantity.thousandths(requests?[resource])
                let limit = Quantity.thousandths(limits?[resource])
                if request ?? 0 > 0 || limit ?? 0 > 0 { asksAnything = true }
                if limit ?? 0 <= 0 || (request ?? limit) != limit { isGuaranteed = false }
            }
        }
        guard asksAnything else { return .bestEffort }
        return isGuaranteed ? .guaranteed : .burstable
    }
}
