extension MeshTLSConfiguration: FieldDecodable {
    init(fields: FieldReader) {
        self.init()
        minProtocolVersion = fields.enumeration("minProtocolVersion") ?? .auto
        ecdhCurves = fields.curves("ecdhCurves")
        cipherSuites = fields.cipherSuites("cipherSuites")
    }
}

extension CertificateAuthorityData: FieldDecodable {
    /// Rules of Istio's `validateCACertificates`: one source of certificates, trust domains that are names.
    init(fields: FieldReader) {
        self.init()
        pem = fields.string("pem")
        spiffeBundleUrl = fields.string("spiffeBundleUrl")
        certSigners = fields.strings("certSigners")
        trustDomains = fields.strings("trustDomains", checkedBy: HostSyntax.domain)
        fields.exclusive("pem", "spiffeBundleUrl")
        fields.require(!pem.isEmpty || !spiffeBundleUrl.isEmpty, "", "must set pem or spiffeBundleUrl")
        if !pem.isEmpty {
            fields.require(pem.contains("-----BEGIN CERTIFICATE-----"), "pem", "holds no certificate in PEM")
        }
        if !spiffeBundleUrl.isEmpty {
            fields.require(spiffeBundleUrl.hasPrefix("https://"), "spiffeBundleUrl", "must begin with https://")
        }
    }
}

extension FieldReader {
    /// Curves of key exchange by OpenSSL's names; one that no proxy knows is left out with a warning, as a proxy would
    /// refuse its whole listener over it.
    func curves(_ name: String) -> [String] { known(strings(name), name, among: TLSNames.curves) }

    /// Cipher suites of TLS 1.2 by OpenSSL's names; unknown ones are left out with a warning (Istio
    /// `FilterCipherSuites`).
    func cipherSuites(_ name: String) -> [String] { known(strings(name), name, among: TLSNames.cipherSuites) }

    private func known(_ values: [String], _ name: String, among known: Set<String>) -> [String] {
        var seen: Set<String> = []
        return values.enumerated().compactMap { index, value in
            guard known.contains(value) else {
                let hint = Suggestion.text(for: value, among: known.sorted())
                warning(name, "entry \(index): \(value.quotedForMessage) is not known and left out\(hint)")
                return nil
            }
            guard seen.insert(value).inserted else {
                warning(name, "entry \(index): \(value.quotedForMessage) stands twice")
                return nil
            }
            return value
        }
    }
}

/// Names of TLS that proxies know (Istio `pkg/security.ValidCipherSuites`, `ValidECDHCurves`,
/// without what BoringSSL gave up since).
enum TLSNames {
    static let cipherSuites: Set<String> = [
        "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384",
        "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305",
        "ECDHE-ECDSA-AES128-SHA", "ECDHE-RSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA", "ECDHE-RSA-AES256-SHA",
        "AES128-GCM-SHA256", "AES256-GCM-SHA384", "AES128-SHA", "AES256-SHA",
    ]
    static let curves: Set<String> = ["P-224", "P-256", "P-384", "P-521", "X25519", "X25519MLKEM768"]
}
