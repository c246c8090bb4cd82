import MeshConfig
import MeshModel

extension GatewayTopology {
    /// What the gateway's own `PROXY_CONFIG` says (annotation `proxy.istio.io/config`), else the mesh's `defaultConfig`.
    init(of node: ProxyNode, in mesh: MeshConfiguration) {
        guard case .object(let config)? = node.metadata["PROXY_CONFIG"],
            case .object(let own)? = config["gatewayTopology"]
        else {
            self = mesh.defaultConfig.gatewayTopology
            return
        }
        // What cannot be read is not believed.
        self.init(
            numTrustedProxies: own["numTrustedProxies"]?.text.flatMap(UInt32.init) ?? 0,
            forwardClientCertDetails: own["forwardClientCertDetails"]?.text.flatMap(ForwardClientCertDetails.init)
                ?? .undefined
        )
    }
}
