import KubernetesAPI

/// A set of fields of an object, as `fieldsV1` writes it.
struct FieldSet: Sendable, Equatable {
    /// One step into an object.
    enum Element: Sendable, Hashable {
        case field(String)
        /// An item of a list with map keys.
        case key([String: JSONValue])
        /// An item of a list that is a set.
        case value(JSONValue)
        case index(Int)
    }

    /// This very place belongs to the set.
    var isMember = false
    var children: [Element: FieldSet] = [:]

    var isEmpty: Bool { !isMember && children.isEmpty }

    init() {}

    init(_ fieldsV1: JSONValue) {
        guard case .object(let members) = fieldsV1 else { return }
        for (name, child) in members where name != "." {
            guard let element = Element(name) else { continue }
            var set = FieldSet(child)
            // A leaf is a member without saying so.
            set.isMember = child["."] != nil || child.object?.isEmpty != false
            children[element] = set
        }
    }

    var json: JSONValue {
        var members: [String: JSONValue] = [:]
        if isMember, !children.isEmpty { members["."] = [:] }
        for (element, child) in children where !child.isEmpty { members[element.text] = child.json }
        return .object(members)
    }

    subscript(_ element: Element) -> FieldSet { children[element] ?? FieldSet() }

    mutating func insert(_ path: [Element]) {
        guard let first = path.first else {
            isMember = true
            return
        }
        children[first, default: FieldSet()].insert(Array(path.dropFirst()))
    }

    func union(_ other: FieldSet) -> FieldSet {
        var result = self
        result.isMember = isMember || other.isMember
        for (element, child) in other.children { result.children[element] = self[element].union(child) }
        return result
    }

    func intersection(_ other: FieldSet) -> FieldSet {
        var result = FieldSet()
        result.isMember = isMember && other.isMember
        for (element, child) in children {
            guard let match = other.children[element] else { continue }
            let both = child.intersection(match)
            if !both.isEmpty { result.children[element] = both }
        }
        return result
    }

    func subtracting(_ other: FieldSet) -> FieldSet {
        var result = FieldSet()
        result.isMember = isMember && !other.isMember
        for (element, child) in children {
            let rest = other.children[element].map(child.subtracting) ?? child
            if !rest.isEmpty { result.children[element] = rest }
        }
        return result
    }

    /// The paths of all members, sorted by their text.
    var paths: [[Element]] {
        var result: [[Element]] = isMember ? [[]] : []
        for (element, child) in children { result += child.paths.map { [element] + $0 } }
        return result.sorted { Self.text($0) < Self.text($1) }
    }

    /// `.spec.containers[name="web"].image`, as conflicts name fields.
    static func text(_ path: [Element]) -> String {
        path.map { element in
            switch element {
            case .field(let name): ".\(name)"
            case .key(let keys):
                "[" + keys.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value.jsonText)" }.joined(separator: ",")
                    + "]"
            case .value(let value): "[=\(value.jsonText)]"
            case .index(let index): "[\(index)]"
            }
        }.joined()
    }
}

extension FieldSet.Element {
    /// `f:name`, `k:{"name":"web"}`, `v:"x"`, `i:0`.
    init?(_ text: String) {
        let rest = String(text.dropFirst(2))
        switch text.prefix(2) {
        case "f:": self = .field(rest)
        case "k:":
            guard let keys = (try? JSONValue(json: rest))?.object else { return nil }
            self = .key(keys)
        case "v:":
            guard let value = try? JSONValue(json: rest) else { return nil }
            self = .value(value)
        case "i:":
            guard let index = Int(rest) else { return nil }
            self = .index(index)
        default: return nil
        }
    }

    var text: String {
        switch self {
        case .field(let name): "f:\(name)"
        case .key(let keys): "k:\(JSONValue.object(keys).jsonText)"
        case .value(let value): "v:\(value.jsonText)"
        case .index(let index): "i:\(index)"
        }
    }
}
