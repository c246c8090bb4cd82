import KubernetesAPI

/// Reads Helm-style values by dotted path, and notes which were read and which have the wrong type.
struct ValueReader {
    /// The defaults with what the user wrote merged over them.
    let values: JSONValue
    private var read: Set<[String]> = []
    private(set) var faults: [String] = []

    init(_ values: JSONValue) { self.values = values }

    /// The value at a path such as `global.proxy.image`; nil when absent or null. All below it counts as read.
    mutating func value(_ path: String) -> JSONValue? {
        let path = path.split(separator: ".").map(String.init)
        read.insert(path)
        return values[path: path].flatMap { $0.isNull ? nil : $0 }
    }

    /// A text; numbers and booleans are taken as they are written, as Helm templates do. Empty when absent.
    mutating func string(_ path: String) -> String {
        guard let value = value(path) else { return "" }
        if let text = value.scalarText { return text }
        faults.append("values.\(path): must be a text, not \(value.typeName)")
        return ""
    }

    /// A boolean, also one that is written as text; nil when absent.
    mutating func bool(_ path: String) -> Bool? {
        guard let value = value(path) else { return nil }
        if let flag = value.bool { return flag }
        if let text = value.string {
            if text.isEmpty { return nil }
            if let flag = Bool(text) { return flag }
        }
        faults.append("values.\(path): must be true or false, not \(value.jsonText)")
        return nil
    }

    /// A whole number of at least 0, also one that is written as text; nil when absent.
    mutating func count(_ path: String) -> Int64? {
        guard let value = value(path) else { return nil }
        if value.string == "" { return nil }
        if let number = value.integer ?? value.string.flatMap({ Int64($0) }), number >= 0, number <= Int64(Int32.max) {
            return number
        }
        faults.append("values.\(path): must be a whole number from 0 to \(Int32.max), not \(value.jsonText)")
        return nil
    }

    /// A port; 0 stands for none.
    mutating func port(_ path: String) -> Int64? {
        guard let number = count(path) else { return nil }
        if number <= 65535 { return number }
        faults.append("values.\(path): must be a port from 0 to 65535, not \(number)")
        return nil
    }

    /// An object; empty when absent.
    mutating func object(_ path: String) -> [String: JSONValue] {
        guard let value = value(path) else { return [:] }
        if let members = value.object { return members }
        faults.append("values.\(path): must be a mapping, not \(value.typeName)")
        return [:]
    }

    /// A list; empty when absent.
    mutating func list(_ path: String) -> [JSONValue] {
        guard let value = value(path) else { return [] }
        if let elements = value.array { return elements }
        faults.append("values.\(path): must be a list, not \(value.typeName)")
        return []
    }

    /// One of the names of a closed enum; nil when absent or empty.
    mutating func enumeration<Value: RawRepresentable & CaseIterable>(_ path: String, as: Value.Type) -> Value?
    where Value.RawValue == String {
        let text = string(path)
        guard !text.isEmpty else { return nil }
        if let value = Value(rawValue: text) { return value }
        let allowed = Value.allCases.map(\.rawValue).joined(separator: ", ")
        faults.append("values.\(path): must be one of \(allowed), not \"\(text)\"")
        return nil
    }

    /// Adds faults found elsewhere.
    mutating func report(_ more: [String]) { faults += more }

    /// Paths of what `written` holds and nobody read, sorted; empty values say nothing and do not count.
    func unread(of written: JSONValue) -> [String] {
        var paths: [String] = []
        collect(written, path: [], into: &paths)
        return paths.sorted()
    }

    private func collect(_ value: JSONValue, path: [String], into paths: inout [String]) {
        if read.contains(path) { return }
        switch value {
        case .null, .string(""), .array([]): return
        case .object(let members):
            for (name, member) in members { collect(member, path: path + [name], into: &paths) }
        default: paths.append(path.joined(separator: "."))
        }
    }
}

extension JSONValue {
    /// A string, number or boolean as text; nil for anything else.
    var scalarText: String? {
        switch self {
        case .string(let text): text
        case .bool, .integer, .number: jsonText
        case .null, .array, .object: nil
        }
    }

    /// What this is, for messages.
    var typeName: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .integer, .number: "a number"
        case .string: "a text"
        case .array: "a list"
        case .object: "a mapping"
        }
    }

    /// This with `other` merged over it: objects member by member, anything else replaced; null removes a member.
    func merging(_ other: JSONValue) -> JSONValue { MergePatch.apply(other, to: self) }
}
