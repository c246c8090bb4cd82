/// `/certs`: the certificates in use in Envoy's form (`envoy.admin.v3.Certificates`), and the secrets of `/config_dump`.
enum CertificatesPage {
    /// One member for each pair of a chain and roots, as Envoy has one for each TLS context.
    static func page(_ secrets: [SecretReport]) -> AdminResponse {
        var roots: [JSONValue] = []
        var chains: [JSONValue] = []
        for secret in secrets {
            switch secret.content {
            case .certificate(let certificates, _): chains += certificates.map(certificate)
            case .roots(let certificates, _, _): roots += certificates.map(certificate)
            case .missing: break
            }
        }
        guard !roots.isEmpty || !chains.isEmpty else { return .json(.object([("certificates", .array([]))])) }
        let entry = JSONValue.object([("ca_cert", .array(roots)), ("cert_chain", .array(chains))])
        return .json(.object([("certificates", .array([entry]))]))
    }

    /// A member of `SecretsConfigDump.dynamic_active_secrets`; keys are redacted as Envoy redacts them.
    static func dump(_ secret: SecretReport) -> JSONValue {
        var members: [(String, JSONValue)] = [
            ("@type", .string("type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret")),
            ("name", .string(secret.name)),
        ]
        switch secret.content {
        case .certificate(_, let chain):
            members.append(
                (
                    "tls_certificate",
                    .object([
                        ("certificate_chain", inline(chain)), ("private_key", inline(Array("[redacted]".utf8))),
                    ])
                )
            )
        case .roots(_, let roots, let lists):
            let crl = lists.map { [("crl", inline($0))] } ?? []
            members.append(("validation_context", .object([("trusted_ca", inline(roots))] + crl)))
        case .missing(let reason):
            // Not of Envoy, which does not know why.
            return .object([
                ("name", .string(secret.name)), ("version_info", .string("uninitialized")),
                ("secret", .object(members)), ("error_state", .object([("details", .string(reason))])),
            ])
        }
        return .object([
            ("name", .string(secret.name)), ("version_info", .string(secret.version)), ("secret", .object(members)),
        ])
    }

    private static func certificate(_ certificate: CertificateReport) -> JSONValue {
        .object([
            ("path", .string("<inline>")),
            ("serial_number", .string(certificate.serialNumber)),
            (
                "subject_alt_names",
                .array(certificate.subjectAlternativeNames.map { .object([($0.kind, .string($0.name))]) })
            ),
            ("days_until_expiration", .string("\(certificate.daysUntilExpiration)")),
            ("valid_from", .string(certificate.validFrom)),
            ("expiration_time", .string(certificate.expirationTime)),
        ])
    }

    private static func inline(_ bytes: [UInt8]) -> JSONValue { .object([("inline_bytes", .string(base64(bytes)))]) }

    /// RFC 4648 section 4.
    static func base64(_ bytes: [UInt8]) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var out: [UInt8] = []
        out.reserveCapacity((bytes.count + 2) / 3 * 4)
        var index = 0
        while index < bytes.count {
            let rest = bytes.count - index
            let first = UInt32(bytes[index]) << 16
            let second = rest > 1 ? UInt32(bytes[index + 1]) << 8 : 0
            let word = first | second | (rest > 2 ? UInt32(bytes[index + 2]) : 0)
            for place in 0..<4 {
                let isPadding = place > rest
                out.append(isPadding ? UInt8(ascii: "=") : alphabet[Int(word >> (18 - 6 * UInt32(place))) & 63])
            }
            index += 3
        }
        return String(decoding: out, as: UTF8.self)
    }
}
