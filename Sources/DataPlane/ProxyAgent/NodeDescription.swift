package import EnvoyAPI
internal import SwiftProtobuf

/// Makes the xDS `Node` of a proxy from what the agent knows.
package enum NodeDescription {
    /// The node for `id`, with Istio's metadata.
    ///
    /// `metadata` is a JSON object under Istio's names (`NAME`, `NAMESPACE`, `LABELS`, `INTERCEPTION_MODE` ...); `NAME`,
    /// `NAMESPACE` and `INSTANCE_IPS` are taken from the ID where it lacks them. `cluster` defaults to what Istio
    /// makes of the labels: `APP.NAMESPACE`, else the pod's name. The locality is what the labels say of it.
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
            if let locality = locality(metadata) { $0.locality = locality }
            $0.userAgentName = "martlet"
        }
    }

    /// Label `istio-locality`, `REGION.ZONE.SUBZONE`, else the labels of the topology that a pod may have from its
    /// node; nil when the labels say nothing.
    private static func locality(_ metadata: Google_Protobuf_Struct) -> Envoy_Config_Core_V3_Locality? {
        let labels = metadata.fields["LABELS"]?.structValue.fields ?? [:]
        func label(_ name: String) -> String { labels[name]?.stringValue ?? "" }
        let written = ["istio-locality", "topology.istio.io/locality"].map(label).first { !$0.isEmpty }
        // In a label's value dots stand for the slashes that it may not have.
        let parts =
            written.map { $0.split(omittingEmptySubsequences: false) { $0 == "." || $0 == "/" }.map(String.init) }
            ?? ["topology.kubernetes.io/region", "topology.kubernetes.io/zone", "topology.istio.io/subzone"].map(label)
        guard let region = parts.first, !region.isEmpty else { return nil }
        return .with {
            $0.region = region
            $0.zone = parts.dropFirst().first ?? ""
            $0.subZone = parts.dropFirst(2).first ?? ""
        }
    }

    private static func defaultCluster(_ metadata: Google_Protobuf_Struct, name: String, namespace: String) -> String {
        let labels = metadata.fields["LABELS"]?.structValue.fields ?? [:]
        guard let app = labels["app"]?.stringValue, !app.isEmpty else { return name }
        return "\(app).\(namespace)"
    }
}
