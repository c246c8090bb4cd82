package import MeshIdentity

/// A proxy that asks for configuration (Istio `model.Proxy`), as its xDS node described it.
package struct ProxyNode: Sendable, Hashable {
    /// Role (Istio `NodeType`).
    package enum Kind: String, Sendable, Hashable {
        case sidecar
        case router
    }

    /// How traffic is brought to the proxy (Istio `TrafficInterceptionMode`).
    package enum InterceptionMode: String, Sendable, Hashable {
        case redirect = "REDIRECT"
        case tproxy = "TPROXY"
        case none = "NONE"
    }

    /// Role.
    package var kind: Kind
    /// The whole node ID, `sidecar~10.1.1.1~pod.ns~ns.svc.cluster.local`.
    package var nodeID: String
    /// Pod and namespace, `pod.ns`; the third part of the node ID.
    package var id: String
    /// Addresses; never empty once parsed. The first is the primary one.
    package var ipAddresses: [String]
    /// Namespace whose configuration applies (Istio `ConfigNamespace`).
    package var namespace: String
    /// Domain of short names, `ns.svc.cluster.local`.
    package var dnsDomain: String
    /// Labels of the workload.
    package var labels: [String: String] = [:]
    /// Name of the workload; empty when unknown.
    package var workloadName = ""
    /// Service account; empty when unknown.
    package var serviceAccount = ""
    /// How traffic is brought to the proxy.
    package var interceptionMode: InterceptionMode = .redirect
    /// Cluster ID; empty when unknown.
    package var clusterID = ""
    /// Network; empty for the default.
    package var network = ""
    /// Node of Kubernetes; empty when unknown.
    package var nodeName = ""
    /// Where it runs.
    package var locality = Locality()
    /// Istio version it says it is; empty when unknown.
    package var istioVersion = ""
    /// Metadata under its xDS names.
    package var metadata: [String: NodeValue] = [:]
    /// Who the proxy has proved to be; nil on the port without TLS. Without it there are no private keys for it.
    package var verifiedIdentity: SPIFFEIdentity?

    package init(
        kind: Kind,
        id: String,
        ipAddresses: [String],
        namespace: String,
        dnsDomain: String,
        labels: [String: String] = [:]
    ) {
        self.kind = kind
        self.id = id
        self.ipAddresses = ipAddresses
        self.namespace = namespace
        self.dnsDomain = dnsDomain
        self.labels = labels
        nodeID = "\(kind.rawValue)~\(ipAddresses.first ?? "")~\(id)~\(dnsDomain)"
    }

    /// Why a node ID is refused.
    package enum ParseError: Error, Hashable, CustomStringConvertible {
        case partCount(Int)
        case unknownKind(String)
        case badAddress(String)
        case noNamespace(id: String)

        package var description: String {
            switch self {
            case .partCount(let count):
                "node ID has \(count) parts; it must be <type>~<IP>~<pod>.<namespace>~<domain>"
            case .unknownKind(let kind): "node type \"\(kind)\" is unknown; allowed are sidecar and router"
            case .badAddress(let address): "\"\(address)\" in the node ID is not an IP address"
            case .noNamespace(let id): "\"\(id)\" in the node ID names no namespace; it must be <pod>.<namespace>"
            }
        }
    }

    /// Reads `sidecar~IP~POD.NS~NS.svc.cluster.local` and what the metadata adds (Istio `ParseServiceNodeWithMetadata`,
    /// `SetWorkloadLabels`). Metadata wins over the ID where both speak: `NAMESPACE`, `INSTANCE_IPS`, `LABELS`,
    /// `WORKLOAD_NAME`, `SERVICE_ACCOUNT`, `INTERCEPTION_MODE`, `CLUSTER_ID`, `NETWORK`, `NODE_NAME`, `ISTIO_VERSION`.
    package init(nodeID: String, metadata: [String: NodeValue] = [:], locality: Locality = Locality())
        throws(ParseError)
    {
        let parts = nodeID.split(separator: "~", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 4 else { throw .partCount(parts.count) }
        guard let kind = Kind(rawValue: parts[0]) else { throw .unknownKind(parts[0]) }
        var addresses: [String] = []
        for address in (metadata["INSTANCE_IPS"]?.text ?? parts[1]).split(separator: ",").map(String.init) {
            guard IPAddressText.isAddress(address) else { throw .badAddress(address) }
            addresses.append(address)
        }
        guard !addresses.isEmpty else { throw .badAddress(parts[1]) }
        let said = metadata["NAMESPACE"]?.text ?? ""
        let namespace = said.isEmpty ? parts[2].lastIndex(of: ".").map { String(parts[2][$0...].dropFirst()) } : said
        guard let namespace, !namespace.isEmpty else { throw .noNamespace(id: parts[2]) }
        self.init(
            kind: kind,
            id: parts[2],
            ipAddresses: addresses,
            namespace: namespace,
            dnsDomain: parts[3],
            labels: metadata["LABELS"]?.texts ?? [:]
        )
        self.nodeID = nodeID
        self.metadata = metadata
        self.locality = locality
        workloadName = metadata["WORKLOAD_NAME"]?.text ?? ""
        serviceAccount = metadata["SERVICE_ACCOUNT"]?.text ?? ""
        interceptionMode = metadata["INTERCEPTION_MODE"]?.text.flatMap(InterceptionMode.init) ?? .redirect
        clusterID = metadata["CLUSTER_ID"]?.text ?? ""
        network = metadata["NETWORK"]?.text ?? ""
        nodeName = metadata["NODE_NAME"]?.text ?? ""
        istioVersion = metadata["ISTIO_VERSION"]?.text ?? ""
    }
}
