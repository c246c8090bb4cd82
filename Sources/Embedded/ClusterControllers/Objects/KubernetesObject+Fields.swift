import KubernetesAPI

extension KubernetesObject {
    /// A whole number, kept within 32 bits as the API's `int32` fields are; so sums of a few never overflow.
    func int(_ path: String...) -> Int? { Self.int(json[path: path]) }

    static func int(_ value: JSONValue?) -> Int? {
        value?.integer.map { Int(Int32(clamping: $0)) }
    }

    func string(_ path: String...) -> String? { json[path: path]?.string }

    func bool(_ path: String...) -> Bool? { json[path: path]?.bool }

    /// `spec.replicas`, 1 when absent.
    var replicas: Int { max(0, int("spec", "replicas") ?? 1) }

    var controller: OwnerReference? { ownerReferences.first(where: \.isController) }

    func isControlled(by owner: KubernetesObject) -> Bool { controller?.uid == owner.uid }

    var created: Timestamp { creationTimestamp.flatMap { Timestamp($0) } ?? Timestamp(seconds: 0) }
}

extension JSONValue {
    /// Counters that Kubernetes leaves out when they are zero.
    mutating func setCount(_ name: String, _ count: Int) { self[name] = count == 0 ? nil : .integer(Int64(count)) }
}

extension LabelSelector {
    /// Reads `spec.selector` of a workload (`matchLabels`, `matchExpressions`); nil when it is absent, empty or has an
    /// operator that does not exist: such a selector must not select everything.
    init?(workload json: JSONValue?) {
        guard let json, json.object?.isEmpty == false else { return nil }
        var requirements = LabelSelector(labels: json["matchLabels"]?.strings ?? [:]).requirements
        for expression in json["matchExpressions"]?.array ?? [] {
            guard let requirement = Self.requirement(expression) else { return nil }
            requirements.append(requirement)
        }
        guard !requirements.isEmpty else { return nil }
        self.init(requirements: requirements)
    }

    /// One of `matchExpressions`, which a node's affinity spells the same way.
    static func requirement(_ json: JSONValue) -> Requirement? {
        guard let key = json["key"]?.string else { return nil }
        let values = Set(json["values"]?.array?.compactMap(\.string) ?? [])
        switch json["operator"]?.string {
        case "In": return .isIn(key: key, values: values)
        case "NotIn": return .notIn(key: key, values: values)
        case "Exists": return .exists(key: key)
        case "DoesNotExist": return .doesNotExist(key: key)
        default: return nil
        }
    }
}

/// A count or a share of one (`intstr.IntOrString`): `3` or `25%`.
enum CountOrShare: Sendable, Equatable {
    case count(Int)
    /// Percent.
    case share(Int)

    enum Rounding { case up, down }

    init?(_ json: JSONValue?) {
        if let count = KubernetesObject.int(json) {
            self = .count(max(0, count))
        } else if let text = json?.string, text.hasSuffix("%"), let share = Int(text.dropLast()) {
            self = .share(min(max(0, share), 10_000))
        } else {
            return nil
        }
    }

    func resolved(of total: Int, _ rounding: Rounding) -> Int {
        switch self {
        case .count(let count): count
        case .share(let share): (share * total + (rounding == .up ? 99 : 0)) / 100
        }
    }
}
