/// What stands before a gateway, and what of it the gateway believes (Istio `mesh.v1alpha1.Topology`).
package struct GatewayTopology: Sendable, Hashable {
    /// What becomes of `x-forwarded-client-cert` (Istio `ForwardClientCertDetails`).
    package enum ForwardClientCertDetails: String, Sendable, Hashable, CaseIterable {
        /// As `SANITIZE_SET`.
        case undefined = "UNDEFINED"
        case sanitize = "SANITIZE"
        case forwardOnly = "FORWARD_ONLY"
        case appendForward = "APPEND_FORWARD"
        case sanitizeSet = "SANITIZE_SET"
        case alwaysForwardOnly = "ALWAYS_FORWARD_ONLY"
    }

    /// Proxies before the gateway whose `x-forwarded-for` is believed; with 0 the peer is the client.
    package var numTrustedProxies: UInt32
    /// What becomes of what callers say of their certificates.
    package var forwardClientCertDetails: ForwardClientCertDetails

    package init(numTrustedProxies: UInt32 = 0, forwardClientCertDetails: ForwardClientCertDetails = .undefined) {
        self.numTrustedProxies = numTrustedProxies
        self.forwardClientCertDetails = forwardClientCertDetails
    }
}

extension GatewayTopology: FieldDecodable {
    init(fields: FieldReader) {
        self.init(
            numTrustedProxies: fields.integer("numTrustedProxies", in: 0...1024) ?? 0,
            forwardClientCertDetails: fields.enumeration("forwardClientCertDetails") ?? .undefined
        )
        _ = fields.value("proxyProtocol")
    }
}
