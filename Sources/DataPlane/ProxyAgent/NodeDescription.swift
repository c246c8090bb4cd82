package import EnvoyAPI
internal import SwiftProtobuf

/// Makes the xDS `Node` of a proxy from what the agent knows.
package enum NodeDescription {
    /// The node for `id`, with Istio's metadata.
    ///
    /// `metadata` is a JSON object under Istio's names (`NAME`, `NAMESPACE`, `LABELS`, `INTERCEPTION_MODE` ...); `NAME`,
    /// `NAMESPACE` and `INSTANCE_IPS` are taken from the ID where it lacks them. `cluster` defaults to what Istio
    /// makes of the labels: `APP.NAMESPACE`, else the pod's name.
    ///
    /// - Throws: `AgentConfigurationError` for an ID of another form or metadata that is no object.
    package static func node(
        id: String,
        cluster: String?,
        metadata json: String
    ) throws(AgentConfigurationError) -> Envoy_Config_Core_V3_Node {
        let parts = id.split(separator: "~", omittingEmptySubsequences: false)
        guard parts.count == 4, parts.allSatisfy({ !$0.isEmpty }), let dot = parts[2].lastIndex(of: ".") else {
            throw .nodeID(id)
        }
        let (name, namespace) = (String(parts[2][..<dot]), String(parts[2][parts[2].index(after: dot)...]))
        var metadata: Google_Protobuf_Struct
        do {
            metadata = try Google_Protobuf_Struct(jsonString: json)
        } catch {
            throw .metadata(reason: "\(error)")
        }
        let defaults = ["NAME": name, "NAMESPACE": namespace, "INSTANCE_IPS": String(parts[1])]
        for (key, value) in defaults where metadata.fields[key] == nil {
            metadata.fields[key] = Google_Protobuf_Value(stringValue: value)
        }
        return .with {
            $0.id = id
            $0.cluster = cluster ?? defaultCluster(metadata, name: name, namespace: namespace)
            $0.metadata = metadata
            $0.userAgentName = "martlet"
        }
    }

    private static func defaultCluster(_ metadata: Google_Protobuf_Struct, name: String, namespace: String) -> String {
        let labels = metadata.fields["LABELS"]?.structValue.fields ?? [:]
        guard let app = labels["app"]?.stringValue, !app.isEmpty else { return name }
        return "\(app).\(namespace)"
    }
}
