/// TLS of a port that accepts connections (Istio `ServerTLSSettings`).
package struct ServerTLSSettings: Sendable, Hashable {
    /// How TLS is handled (Istio `ServerTLSSettings.TLSmode`).
    package enum Mode: String, Sendable, Hashable, CaseIterable {
        case passthrough = "PASSTHROUGH"
        case simple = "SIMPLE"
        case mutual = "MUTUAL"
        case autoPassthrough = "AUTO_PASSTHROUGH"
        case istioMutual = "ISTIO_MUTUAL"
        case optionalMutual = "OPTIONAL_MUTUAL"
    }

    /// TLS versions (Istio `ServerTLSSettings.TLSProtocol`).
    package enum TLSProtocol: String, Sendable, Hashable, CaseIterable {
        case auto = "TLS_AUTO"
        case v1_0 = "TLSV1_0"
        case v1_1 = "TLSV1_1"
        case v1_2 = "TLSV1_2"
        case v1_3 = "TLSV1_3"
    }

    /// A certificate by its files (Istio `ServerTLSSettings.TLSCertificate`).
    package struct TLSCertificate: Sendable, Hashable {
        /// File of the certificate chain.
        package var serverCertificate = ""
        /// File of the key.
        package var privateKey = ""
        /// File of the authorities that sign clients' certificates.
        package var caCertificates = ""

        package init() {}
    }

    /// Whether plain HTTP is redirected to HTTPS.
    package var httpsRedirect = false
    /// Mode; absent is `PASSTHROUGH` (the enum's zero).
    package var mode: Mode = .passthrough
    /// File of the certificate chain.
    package var serverCertificate = ""
    /// File of the key.
    package var privateKey = ""
    /// File of the authorities that sign clients' certificates.
    package var caCertificates = ""
    /// File of revoked certificates.
    package var caCrl = ""
    /// Name of the secret with the certificate.
    package var credentialName = ""
    /// Names of one or two secrets (one a key type).
    package var credentialNames: [String] = []
    /// Name of the secret with the authorities.
    package var caCertCredentialName = ""
    /// One or two certificates by their files.
    package var tlsCertificates: [TLSCertificate] = []
    /// Names of which a client's certificate must carry one.
    package var subjectAltNames: [String] = []
    /// Hashes of the keys accepted, base64 SHA-256.
    package var verifyCertificateSpki: [String] = []
    /// Hashes of the certificates accepted, hexadecimal SHA-256.
    package var verifyCertificateHash: [String] = []
    /// Lowest version; absent is 1.2.
    package var minProtocolVersion: TLSProtocol = .auto
    /// Highest version.
    package var maxProtocolVersion: TLSProtocol = .auto
    /// Cipher suites; empty for the default.
    package var cipherSuites: [String] = []
    /// Curves; empty for the default.
    package var ecdhCurves: [String] = []
    /// Whether the client's certificate goes unchecked.
    package var insecureSkipVerify: Bool?

    package init() {}
}
