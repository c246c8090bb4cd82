internal import ProxyAdmin
internal import ProxyIdentity
internal import ProxySnapshot

/// Makes of secrets what the admin pages show; keys stay behind.
enum SecretReports {
    /// The agent's and the control plane's, in order of names.
    static func reports(_ set: SecretSet, _ snapshot: ProxySnapshot?, at now: UnixTime) -> [SecretReport] {
        let versions = snapshot?.versions[.secret] ?? [:]
        let discovered = (snapshot?.secrets ?? [:]).filter { set.entries[$0.key] == nil }.map { name, secret in
            let content: SecretReport.Content =
                switch secret {
                case .certificate(let pair): .certificate(certificates(pair.chain, now), chainPEM: pair.chain)
                case .validation(let trust):
                    .roots(
                        certificates(trust.anchors, now),
                        rootsPEM: trust.anchors,
                        crlPEM: trust.revocations.isEmpty ? nil : trust.revocations
                    )
                }
            return SecretReport(name: name, version: versions[name] ?? "", content: content)
        }
        return (agents(set, now) + discovered).sorted { $0.name < $1.name }
    }

    private static func agents(_ set: SecretSet, _ now: UnixTime) -> [SecretReport] {
        set.entries.map { name, entry in
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
