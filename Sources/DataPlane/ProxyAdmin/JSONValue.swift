internal import MeshTelemetry

/// A JSON document to be written; members keep their order.
package indirect enum JSONValue: Sendable, Equatable {
    case null
    case boolean(Bool)
    case number(Int64)
    case unsigned(UInt64)
    case string(String)
    case array([JSONValue])
    case object([(String, JSONValue)])

    /// Documents are equal when they are written alike, the order of members included.
    package static func == (left: JSONValue, right: JSONValue) -> Bool { left.text == right.text }

    /// The document indented by one blank a level, as Envoy's admin pages are.
    package var text: String {
        var out = ""
        write(to: &out, indent: 0)
        return out
    }

    private func write(to out: inout String, indent: Int) {
        switch self {
        case .null: out += "null"
        case .boolean(let value): out += value ? "true" : "false"
        case .number(let value): out += "\(value)"
        case .unsigned(let value): out += "\(value)"
        case .string(let value): out += "\"\(JSONText.escaped(value))\""
        case .array(let values):
            Self.writeList(values.count, "[", "]", to: &out, indent: indent) { values[$0].write(to: &$1, indent: $2) }
        case .object(let members):
            Self.writeList(members.count, "{", "}", to: &out, indent: indent) { index, out, indent in
                out += "\"\(JSONText.escaped(members[index].0))\": "
                members[index].1.write(to: &out, indent: indent)
            }
        }
    }

    private static func writeList(
        _ count: Int,
        _ open: String,
        _ close: String,
        to out: inout String,
        indent: Int,
        item: (Int, inout String, Int) -> Void
    ) {
        out += open
        guard count > 0 else { return out += close }
        for index in 0..<count {
            out += index == 0 ? "\n" : ",\n"
            out += String(repeating: " ", count: indent + 1)
            item(index, &out, indent + 1)
        }
        out += "\n" + String(repeating: " ", count: indent) + close
    }
}
