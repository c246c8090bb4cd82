import KubernetesAPI

/// One of an object's `status.conditions`.
struct Condition: Sendable, Equatable {
    enum Status: String, Sendable { case `true` = "True", `false` = "False", unknown = "Unknown" }

    var type: String
    var status: Status
    var reason: String
    var message: String
}

/// `status.conditions` as a list that keeps its order and the times of what did not change.
struct Conditions: Sendable, Equatable {
    private var list: [JSONValue]
    /// Whether conditions carry `lastUpdateTime` (those of Deployments), besides `lastTransitionTime`.
    private let updates: Bool

    init(_ object: KubernetesObject, withUpdateTimes updates: Bool = false) {
        list = object["status", "conditions"]?.array ?? []
        self.updates = updates
    }

    /// Nil when there are none.
    var json: JSONValue? { list.isEmpty ? nil : .array(list) }

    subscript(type: String) -> Condition? {
        guard let json = list.first(where: { $0["type"]?.string == type }) else { return nil }
        return Condition(
            type: type,
            status: json["status"]?.string.flatMap(Condition.Status.init) ?? .unknown,
            reason: json["reason"]?.string ?? "",
            message: json["message"]?.string ?? ""
        )
    }

    func isTrue(_ type: String) -> Bool { self[type]?.status == .true }

    func lastUpdate(_ type: String) -> Timestamp? { time(type, "lastUpdateTime") }

    func lastTransition(_ type: String) -> Timestamp? { time(type, "lastTransitionTime") }

    private func time(_ type: String, _ field: String) -> Timestamp? {
        list.first { $0["type"]?.string == type }?[field]?.string.flatMap { Timestamp($0) }
    }

    /// Sets a condition. The same status and reason leave it as it is unless `always`; the same status keeps the time
    /// of the last transition.
    mutating func set(_ condition: Condition, now: Timestamp, always: Bool = false) {
        let present = self[condition.type]
        if !always, let present, present.status == condition.status, present.reason == condition.reason { return }
        let transition = present?.status == condition.status ? lastTransition(condition.type) ?? now : now
        var json: JSONValue = [
            "type": .string(condition.type), "status": .string(condition.status.rawValue),
            "lastTransitionTime": .string(transition.description),
        ]
        if updates { json["lastUpdateTime"] = .string(now.description) }
        if !condition.reason.isEmpty { json["reason"] = .string(condition.reason) }
        if !condition.message.isEmpty { json["message"] = .string(condition.message) }
        if let index = list.firstIndex(where: { $0["type"]?.string == condition.type }) {
            list[index] = json
        } else {
            list.append(json)
        }
    }

    mutating func remove(_ type: String) { list.removeAll { $0["type"]?.string == type } }
}
