/// TLS of connections within the mesh, or of those it originates (Istio `MeshConfig.TLSConfig`).
package struct MeshTLSConfiguration: Sendable, Hashable {
    /// Lowest version spoken (Istio `MeshConfig.TLSConfig.TLSProtocol`).
    package enum TLSProtocol: String, Sendable, Hashable, CaseIterable {
        /// TLS 1.3 within the mesh, TLS 1.2 elsewhere.
        case auto = "TLS_AUTO"
        case v1_2 = "TLSV1_2"
        case v1_3 = "TLSV1_3"
    }

    /// Lowest version.
    package var minProtocolVersion: TLSProtocol = .auto
    /// Curves, preferred first; empty for the proxy's own.
    package var ecdhCurves: [String] = []
    /// Cipher suites of TLS 1.2 by OpenSSL's names, preferred first; empty for the default.
    package var cipherSuites: [String] = []

    package init() {}
}

/// Authorities that are trusted besides the mesh's own (Istio `MeshConfig.CertificateData`).
package struct CertificateAuthorityData: Sendable, Hashable {
    /// Certificates in PEM; empty when `spiffeBundleUrl` is given.
    package var pem = ""
    /// Where a SPIFFE trust bundle is fetched from; nothing does so yet.
    package var spiffeBundleUrl = ""
    /// Kubernetes signers the certificates are of; nothing acts on them yet.
    package var certSigners: [String] = []
    /// Trust domains the certificates vouch for; empty for the mesh's own.
    package var trustDomains: [String] = []

    package init() {}
}
