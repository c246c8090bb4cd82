import KubernetesAPI

/// Cells of one object by kind; the simple readers all kinds share.
struct ObjectRow {
    let object: JSONValue
    let now: Int64

    func text(_ path: [String], _ absent: String = "<none>") -> JSONValue {
        guard let value = object[path: path], !value.isNull else { return .string(absent) }
        let text = value.string ?? value.jsonText
        return .string(text.isEmpty ? absent : text)
    }

    func number(_ path: [String]) -> JSONValue { .integer(object[path: path]?.integer ?? 0) }

    func integer(_ path: [String]) -> Int64 { object[path: path]?.integer ?? 0 }

    func count(_ name: String) -> Int { object[name]?.object?.count ?? object[name]?.array?.count ?? 0 }

    func items(_ path: [String]) -> [JSONValue] { object[path: path]?.array ?? [] }

    func age(of path: [String]) -> JSONValue { .string(Age.since(object[path: path]?.string, now: now)) }

    var age: JSONValue { age(of: ["metadata", "creationTimestamp"]) }

    func selector(_ path: [String]) -> JSONValue { .string(ObjectSelector.text(object[path: path])) }

    /// `a=b,c=d`, or `<none>`.
    func labels(_ path: [String]) -> JSONValue {
        let pairs = (object[path: path]?.strings ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        return .string(pairs.isEmpty ? "<none>" : pairs.joined(separator: ","))
    }

    /// Names and images of a pod template's containers.
    func containers(_ path: [String]) -> [JSONValue] {
        let containers = items(path + ["containers"])
        return [
            .string(containers.compactMap { $0["name"]?.string }.joined(separator: ",")),
            .string(containers.compactMap { $0["image"]?.string }.joined(separator: ",")),
        ]
    }

    /// The first three, and how many more there are.
    static func shortened(_ texts: [String], limit: Int = 3) -> String {
        if texts.isEmpty { return "<none>" }
        let shown = texts.prefix(limit).joined(separator: ",")
        return texts.count > limit ? "\(shown) + \(texts.count - limit) more..." : shown
    }
}
