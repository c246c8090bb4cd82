package import EnvoyAPI
package import MeshModel
import SwiftProtobuf

extension ProxyNode {
    /// Reads the node of a discovery request: ID, metadata under Istio's names, locality.
    package init(_ node: Envoy_Config_Core_V3_Node) throws(ParseError) {
        try self.init(
            nodeID: node.id,
            metadata: node.metadata.fields.mapValues { NodeValue($0, depth: 0) },
            locality: Locality(
                region: node.locality.region,
                zone: node.locality.zone,
                subzone: node.locality.subZone
            )
        )
    }
}

extension NodeValue {
    /// Deeper values than anyone writes are cut off: the node comes from the wire.
    private static let deepest = 16

    fileprivate init(_ value: Google_Protobuf_Value, depth: Int) {
        switch value.kind {
        case .nullValue, nil: self = .null
        case .boolValue(let value): self = .bool(value)
        case .numberValue(let value): self = .number(value)
        case .stringValue(let value): self = .string(value)
        case .listValue(let list):
            self = depth < Self.deepest ? .list(list.values.map { NodeValue($0, depth: depth + 1) }) : .null
        case .structValue(let object):
            self =
                depth < Self.deepest ? .object(object.fields.mapValues { NodeValue($0, depth: depth + 1) }) : .null
        }
    }
}
