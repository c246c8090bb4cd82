package import EnvoyAPI
internal import SwiftProtobuf

/// What Istio's injection tells a sidecar about its pod: environment variables and the files of the downward API.
package struct PodEnvironment: Sendable {
    let environment: ProxyEnvironment
    /// What `PROXY_CONFIG` says.
    package let settings: ProxySettings
    private let labels: [String: String]
    private let annotations: [String: String]

    /// `labels` and `annotations` are the texts of the downward API's files, nil where there are none.
    package init(_ environment: ProxyEnvironment, labels: String?, annotations: String?) {
        self.environment = environment
        settings = ProxySettings(environment["PROXY_CONFIG"] ?? "")
        self.labels = labels.map(DownwardFile.members) ?? [:]
        self.annotations = annotations.map(DownwardFile.members) ?? [:]
    }

    /// The environment of this process and the files below /etc/istio/pod.
    package static func current() -> PodEnvironment {
        PodEnvironment(
            .current,
            labels: try? ProxyEnvironment.text("@/etc/istio/pod/labels"),
            annotations: try? ProxyEnvironment.text("@/etc/istio/pod/annotations")
        )
    }

    /// The address of the pod: the first of `INSTANCE_IP`, which Kubernetes may give two of.
    package var address: String? {
        environment["INSTANCE_IP"].flatMap { $0.split(separator: ",").first.map(String.init) }
    }

    /// The xDS node, with what Istio's agent puts into its metadata.
    ///
    /// - Throws: `AgentConfigurationError` when the pod's name, namespace or address is not told.
    package func node(role: ProxyRole, domain: String?) throws(AgentConfigurationError) -> Envoy_Config_Core_V3_Node {
        let names = ["POD_NAME", "POD_NAMESPACE", "INSTANCE_IP"]
        let missing = names.filter { (environment[$0] ?? "").isEmpty }
        guard missing.isEmpty, let name = environment["POD_NAME"], let namespace = environment["POD_NAMESPACE"],
            let address
        else { throw .environment(missing: missing) }
        let domain = domain.flatMap { $0.isEmpty ? nil : $0 } ?? "\(namespace).svc.cluster.local"
        let metadata = metadata
        return try NodeDescription.node(
            id: "\(role.rawValue)~\(address)~\(name).\(namespace)~\(domain)",
            cluster: settings.serviceCluster,
            metadata: (try? metadata.jsonString()) ?? "{}"
        )
    }

    private var metadata: Google_Protobuf_Struct {
        var object = (try? Google_Protobuf_Struct(jsonString: environment.metadataJSON)) ?? Google_Protobuf_Struct()
        func set(_ key: String, _ value: String?) {
            guard let value, !value.isEmpty, object.fields[key] == nil else { return }
            object.fields[key] = Google_Protobuf_Value(stringValue: value)
        }
        set("NAME", environment["POD_NAME"])
        set("NAMESPACE", environment["POD_NAMESPACE"])
        set("INSTANCE_IPS", environment["INSTANCE_IPS"] ?? environment["INSTANCE_IP"])
        set("SERVICE_ACCOUNT", environment["SERVICE_ACCOUNT"])
        set("NODE_NAME", environment["NODE_NAME"])
        set("ISTIO_VERSION", environment["ISTIO_VERSION"] ?? MartletVersion.istio)
        set("INTERCEPTION_MODE", settings.interceptionMode ?? "REDIRECT")
        set("MESH_ID", environment["TRUST_DOMAIN"] ?? "cluster.local")
        set("CLUSTER_ID", "Kubernetes")
        set("WORKLOAD_NAME", environment["POD_NAME"].map(Self.workload))
        set("ENVOY_STATUS_PORT", "15021")
        set("ENVOY_PROMETHEUS_PORT", "15090")
        merge("LABELS", labels, into: &object)
        merge("ANNOTATIONS", annotations, into: &object)
        if let config = settings.object { object.fields["PROXY_CONFIG"] = Google_Protobuf_Value(structValue: config) }
        return object
    }

    private func merge(_ key: String, _ members: [String: String], into object: inout Google_Protobuf_Struct) {
        var all = object.fields[key]?.structValue ?? Google_Protobuf_Struct()
        for (name, value) in members { all.fields[name] = Google_Protobuf_Value(stringValue: value) }
        if !all.fields.isEmpty { object.fields[key] = Google_Protobuf_Value(structValue: all) }
    }

    // `reviews-v1-5b8f6f7c9-x2x4z` -> `reviews-v1`: a Deployment's pods end in two generated parts.
    private static func workload(_ pod: String) -> String {
        let parts = pod.split(separator: "-")
        return parts.count > 2 ? parts.dropLast(2).joined(separator: "-") : pod
    }
}

/// Which side of the mesh a proxy stands on.
package enum ProxyRole: String, Sendable, CaseIterable { case sidecar, router }

/// The versions that are told to others.
package enum MartletVersion {
    /// Ours.
    package static let own = "1.0.0"
    /// The Istio release whose behaviour the proxy claims in `ISTIO_VERSION`.
    package static let istio = "1.27.0"
}
