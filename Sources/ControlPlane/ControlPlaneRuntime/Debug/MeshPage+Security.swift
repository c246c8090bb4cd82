internal import MeshConfig

extension MeshPage {
    /// Versions, curves and suites of TLS.
    struct TLS: Encodable {
        var minProtocolVersion: String
        var ecdhCurves: [String]
        var cipherSuites: [String]

        init(_ settings: MeshTLSConfiguration) {
            minProtocolVersion = settings.minProtocolVersion.rawValue
            ecdhCurves = settings.ecdhCurves
            cipherSuites = settings.cipherSuites
        }
    }

    /// Authorities besides the mesh's own; certificates are public.
    struct Authorities: Encodable {
        var pem: String?
        var spiffeBundleUrl: String?
        var certSigners: [String]
        var trustDomains: [String]

        init(_ data: CertificateAuthorityData) {
            pem = data.pem.isEmpty ? nil : data.pem
            spiffeBundleUrl = data.spiffeBundleUrl.isEmpty ? nil : data.spiffeBundleUrl
            certSigners = data.certSigners
            trustDomains = data.trustDomains
        }
    }
}
