import KubernetesAPI

/// What the fields of Istio's kinds are for, as text; the definitions' schemas, and with them `kubectl explain`, are
/// made of it.
///
/// A line at the margin begins a type, `NAME | sentence`; indented lines are its fields, `name type | sentence`. Types
/// are `string`, `int`, `number`, `bool`, another type's name, `[T]` for lists and `{T}` for objects by free names.
struct FieldText {
    private struct Field {
        var name: String
        var type: Substring
        var summary: String
    }

    private var summaries: [String: String] = [:]
    private var fields: [String: [Field]] = [:]

    init(_ texts: [String]) {
        for text in texts {
            var type = ""
            for line in text.split(separator: "\n") {
                let halves = line.split(separator: "|", maxSplits: 1)
                let words = (halves.first ?? "").split(separator: " ")
                guard let first = words.first else { continue }
                let summary = halves.count == 2 ? String(halves[1].dropFirst()) : ""
                if line.hasPrefix(" ") {
                    let kind = words.count > 1 ? words[1] : "string"
                    fields[type, default: []].append(Field(name: String(first), type: kind, summary: summary))
                } else {
                    type = String(first)
                    summaries[type] = summary
                }
            }
        }
    }

    /// All of them.
    static let all = FieldText([virtualService, destinationRule, gateway, serviceEntry, sidecar, security])

    /// The schema of a kind's `spec`, open to other fields; nil for a kind that the text does not describe.
    ///
    /// Open, because the validating webhook is the judge of fields: it knows which were meant.
    func specification(of kind: String) -> JSONValue? {
        guard summaries[kind] != nil else { return nil }
        return schema(kind[...])
    }

    /// Types that fields name and nobody describes; a list for tests.
    var undescribed: [String] {
        let named = fields.values.flatMap { $0 }.map { Self.element(of: $0.type) }
        return Set(named).filter { summaries[String($0)] == nil && Self.scalar($0) == nil }.map(String.init).sorted()
    }

    /// Names of fields by the path of the object that has them, as `spec.http[].match[]`; `*` stands for a free name.
    func members(of kind: String) -> [String: [String]] {
        var found: [String: [String]] = [:]
        func walk(_ type: Substring, _ path: String) {
            if type.first == "[" { return walk(type.dropFirst().dropLast(), path + "[]") }
            if type.first == "{" { return walk(type.dropFirst().dropLast(), path + ".*") }
            guard let below = fields[String(type)] else { return }
            found[path] = below.map(\.name)
            for field in below { walk(field.type, "\(path).\(field.name)") }
        }
        walk(kind[...], "spec")
        return found
    }

    private static func element(of type: Substring) -> Substring {
        var type = type
        while type.first == "[" || type.first == "{" { type = type.dropFirst().dropLast() }
        return type
    }

    private static func scalar(_ type: Substring) -> String? {
        switch type {
        case "string": "string"
        case "int": "integer"
        case "number": "number"
        case "bool": "boolean"
        default: nil
        }
    }

    private func schema(_ type: Substring, _ summary: String? = nil) -> JSONValue {
        var result: JSONValue = ["nullable": true]
        if let summary { result["description"] = .string(summary) }
        if let scalar = Self.scalar(type) {
            result["type"] = .string(scalar)
        } else if type.first == "[" {
            result["type"] = "array"
            result["items"] = schema(type.dropFirst().dropLast())
        } else if type.first == "{" {
            result["type"] = "object"
            result["additionalProperties"] = schema(type.dropFirst().dropLast())
        } else {
            let name = String(type)
            result["type"] = "object"
            result["description"] = .string([summary, summaries[name]].compactMap { $0 }.joined(separator: "\n"))
            result["x-kubernetes-preserve-unknown-fields"] = true
            let members = (fields[name] ?? []).map { ($0.name, schema($0.type, $0.summary)) }
            if !members.isEmpty { result["properties"] = .object(Dictionary(members) { $1 }) }
        }
        return result
    }
}
