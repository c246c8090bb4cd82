/// TLS towards a host (Istio `ClientTLSSettings`).
package struct ClientTLSSettings: Sendable, Hashable {
    /// How connections are secured (Istio `ClientTLSSettings.TLSmode`).
    package enum Mode: String, Sendable, Hashable, CaseIterable {
        case disable = "DISABLE"
        case simple = "SIMPLE"
        case mutual = "MUTUAL"
        case istioMutual = "ISTIO_MUTUAL"
    }

    /// Mode; absent is `DISABLE`.
    package var mode: Mode = .disable
    /// File of the client's certificate chain; needed for `MUTUAL` unless `credentialName` is given.
    package var clientCertificate = ""
    /// File of the client's key.
    package var privateKey = ""
    /// File of the authorities that sign the server's certificate; `system` for the system's.
    package var caCertificates = ""
    /// Name of the secret with certificates.
    package var credentialName = ""
    /// Names of which the server's certificate must carry one.
    package var subjectAltNames: [String] = []
    /// Server name sent; empty for the host.
    package var sni = ""
    /// Whether the server's certificate goes unchecked.
    package var insecureSkipVerify: Bool?
    /// File of revoked certificates.
    package var caCrl = ""

    package init() {}
}
