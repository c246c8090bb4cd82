/// Authorities that the machine trusts, as `file-root:system` asks for them (Istio `FileRootSystemCACert`).
enum SystemRoots {
    /// Path by which secrets name them.
    static let name = "system"

    /// Where distributions keep the bundle, the most common first (Go `crypto/x509` looks in the same places).
    static let places = [
        "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem",
        "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", "/etc/ssl/cert.pem",
    ]

    /// The file behind the path of a secret: the first bundle there is for `system`, any other path as it is.
    static func file(for path: String, exists: (String) -> Bool = { SecretFile.stamp($0) != nil }) -> String {
        guard path == name else { return path }
        return places.first(where: exists) ?? "/etc/ssl/certs/ca-certificates.crt"
    }
}
