import EnvoyAPI

extension XDS.HTTPFilter {
    /// Tells a peer in the mesh that HTTP comes, by what the upstream connection offers in TLS; without it the peer
    /// takes what it sniffs for itself as bytes (stands for Istio's filter `istio.alpn`, which no stock Envoy has).
    ///
    /// It names no version: the peer then finds HTTP/1.1 or HTTP/2 by the first bytes.
    static let peerProtocol: XDS.HTTPFilter = {
        var value = Envoy_Extensions_Filters_Common_SetFilterState_V3_FilterStateValue()
        value.objectKey = "envoy.network.application_protocols"
        value.formatString.textFormatSource.inlineString = TLSProtocols.meshHTTP.joined(separator: ",")
        value.sharedWithUpstream = .once
        var config = Envoy_Extensions_Filters_Http_SetFilterState_V3_Config()
        config.onRequestHeaders = [value]
        return XDS.HTTPFilter(ExtensionName.setFilterState, config)
    }()
}
