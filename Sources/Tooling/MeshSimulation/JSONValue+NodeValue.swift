package import KubernetesAPI
package import MeshModel

extension JSONValue {
    /// The value as node metadata.
    package var nodeValue: NodeValue {
        switch self {
        case .null: .null
        case .bool(let value): .bool(value)
        case .integer(let value): .number(Double(value))
        case .number(let value): .number(value)
        case .string(let value): .string(value)
        case .array(let values): .list(values.map(\.nodeValue))
        case .object(let members): .object(members.mapValues(\.nodeValue))
        }
    }
}
