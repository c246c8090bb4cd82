/// One JSON value, as Kubernetes objects are made of.
///
/// Whole numbers that fit 64 bits stay whole, all others are doubles; the order of an object's members is not kept.
package enum JSONValue: Sendable, Hashable {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])
}

extension JSONValue {
    package var string: String? { if case .string(let value) = self { value } else { nil } }
    package var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    package var array: [JSONValue]? { if case .array(let value) = self { value } else { nil } }
    package var object: [String: JSONValue]? { if case .object(let value) = self { value } else { nil } }

    /// The whole number this is; a double without a fraction counts.
    package var integer: Int64? {
        switch self {
        case .integer(let value): value
        case .number(let value): Int64(exactly: value)
        default: nil
        }
    }

    /// The number this is, whole or not.
    package var double: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    package var isNull: Bool { self == .null }

    /// The strings of an object whose members are all strings; members of another type are left out.
    package var strings: [String: String] { object?.compactMapValues(\.string) ?? [:] }

    /// A member of an object: nil when this is no object or has no such member. Setting on anything but an object
    /// makes it one; setting nil removes the member.
    package subscript(_ name: String) -> JSONValue? {
        get { object?[name] }
        set {
            var members: [String: JSONValue] = [:]
            if case .object(let present) = self {
                members = present
                // Without this the dictionary would be copied: `self` still holds it.
                self = .null
            }
            members[name] = newValue
            self = .object(members)
        }
    }

    /// The value at a path of member names: nil where one is missing. Setting makes the objects on the way;
    /// setting nil removes the last member.
    package subscript(path path: [String]) -> JSONValue? {
        get {
            var value = self
            for name in path {
                guard let next = value[name] else { return nil }
                value = next
            }
            return value
        }
        set {
            guard let first = path.first else {
                self = newValue ?? .null
                return
            }
            if path.count == 1 {
                self[first] = newValue
                return
            }
            if newValue == nil, self[first] == nil { return }
            var child = self[first] ?? .object([:])
            self[first] = JSONValue.null
            child[path: Array(path.dropFirst())] = newValue
            self[first] = child
        }
    }

    /// An object of strings.
    package init(_ strings: [String: String]) { self = .object(strings.mapValues { .string($0) }) }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(integerLiteral value: Int64) { self = .integer(value) }
    package init(floatLiteral value: Double) { self = .number(value) }
    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    package init(nilLiteral: ()) { self = .null }

    /// Of two members with one name the later stays.
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(Dictionary(elements, uniquingKeysWith: { _, last in last }))
    }
}
