/// A value of a node's metadata, as JSON has them (`google.protobuf.Struct` in the xDS `Node`).
package enum NodeValue: Sendable, Hashable {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case list([NodeValue])
    case object([String: NodeValue])

    /// Text of a string; numbers and booleans as Istio's `StringBool` and friends read them; nil otherwise.
    package var text: String? {
        switch self {
        case .string(let text): text
        case .bool(let value): value ? "true" : "false"
        case .number(let value): Int64(exactly: value).map(String.init) ?? String(value)
        case .null, .list, .object: nil
        }
    }

    /// Texts of an object's string members; empty for anything else.
    package var texts: [String: String] {
        if case .object(let members) = self { members.compactMapValues(\.text) } else { [:] }
    }
}
