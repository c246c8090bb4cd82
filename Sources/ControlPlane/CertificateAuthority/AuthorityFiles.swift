/// The PEM texts of an authority under Istio's names, as a Secret or a folder holds them.
///
/// Never described: one of them is a private key (Istio `security/pkg/pki/ca`, `cacerts` and `istio-ca-secret`).
package struct AuthorityFiles: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible {
    /// Where they came from, for messages: `Secret istio-system/cacerts`, or a folder.
    package var source: String
    /// `ca-cert.pem`: the signing certificate; what follows it counts as chain.
    package var certificate: String
    /// `ca-key.pem`: its key.
    package var key: String
    /// `cert-chain.pem`: intermediates up to a root; may be empty, may repeat the others.
    package var chain = ""
    /// `root-cert.pem`: every root that is to be trusted; empty when the signing certificate is its own root.
    package var roots = ""
    /// `ca-crl.pem`: certificates that are trusted no longer; empty for none.
    package var revocations = ""

    /// The names of the files that `init(_:source:)` knows.
    package static let names = ["ca-cert.pem", "ca-key.pem", "cert-chain.pem", "root-cert.pem", "ca-crl.pem"]

    /// An authority of its own root.
    package init(source: String, certificate: String, key: String) {
        self.source = source
        self.certificate = certificate
        self.key = key
    }

    /// Reads Istio's names or, of a Secret of type `kubernetes.io/tls`, `tls.crt`, `tls.key` and `ca.crt`.
    package init(_ texts: [String: String], source: String) throws(AuthorityError) {
        let isTLS = texts["ca-cert.pem"] == nil && texts["tls.crt"] != nil
        let names = isTLS ? ("tls.crt", "tls.key", "ca.crt") : ("ca-cert.pem", "ca-key.pem", "root-cert.pem")
        guard let certificate = texts[names.0], !certificate.isEmpty else {
            throw .missing(file: "\(source): \(names.0)")
        }
        guard let key = texts[names.1], !key.isEmpty else { throw .missing(file: "\(source): \(names.1)") }
        self.init(source: source, certificate: certificate, key: key)
        chain = texts["cert-chain.pem"] ?? ""
        roots = texts[names.2] ?? ""
        revocations = texts["ca-crl.pem"] ?? ""
    }

    package var description: String { "certificate authority of \(source)" }
    package var debugDescription: String { description }
}
