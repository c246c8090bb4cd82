internal import ProxyAdmin
internal import ProxyIdentity

/// Makes of secrets what the admin pages show; keys stay behind.
enum SecretReports {
    /// In order of names.
    static func reports(_ set: SecretSet, at now: UnixTime) -> [SecretReport] {
        set.entries.sorted { $0.key < $1.key }.map { name, entry in
            let content: SecretReport.Content =
                switch entry.secret {
                case .tlsCertificate(let chain, _): .certificate(certificates(chain, now), chainPEM: chain)
                case .validation(let roots, let lists):
                    .roots(certificates(roots, now), rootsPEM: roots, crlPEM: lists)
                case .unavailable(let reason): .missing(reason: reason)
                }
            return SecretReport(name: name, version: "\(entry.revision)", content: content)
        }
    }

    private static func certificates(_ pem: [UInt8], _ now: UnixTime) -> [CertificateReport] {
        CertificateFacts.read(pem).map { facts in
            let left = now.duration(to: facts.notAfter).components.seconds
            return CertificateReport(
                serialNumber: facts.serial,
                subjectAlternativeNames: facts.names.map { ($0.kind.rawValue, $0.text) },
                validFrom: facts.notBefore.description,
                expirationTime: facts.notAfter.description,
                daysUntilExpiration: UInt64(max(0, left) / 86_400)
            )
        }
    }
}
