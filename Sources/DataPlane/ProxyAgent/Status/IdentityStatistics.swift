internal import ProxyIdentity

/// What the agent counts of certificates, under the names of Istio's agent.
struct IdentityStatistics: Sendable {
    private let publisher: SecretPublisher
    private let counts: IdentityCounts

    init(_ identity: IdentityService) {
        publisher = identity.publisher
        counts = identity.counts
    }

    /// In Prometheus' text format.
    func page(at now: UnixTime) -> String {
        let values = counts.values
        return """
            # TYPE istio_agent_cert_expiry_seconds gauge
            \(expiries(at: now))# TYPE istio_agent_num_outgoing_requests counter
            istio_agent_num_outgoing_requests{request_type="csr"} \(values.requests)
            # TYPE istio_agent_num_outgoing_retries counter
            istio_agent_num_outgoing_retries{request_type="csr"} \(values.retries)
            # TYPE istio_agent_num_failed_outgoing_requests counter
            istio_agent_num_failed_outgoing_requests{request_type="csr"} \(values.failures)
            # TYPE istio_agent_num_file_secret_failures_total counter
            istio_agent_num_file_secret_failures_total \(values.fileFailures &+ publisher.fileFailures)

            """
    }

    /// A line for each secret; the soonest end of the certificates in it.
    private func expiries(at now: UnixTime) -> String {
        let entries = publisher.current.entries.sorted { $0.key < $1.key }
        return entries.compactMap { name, entry in
            let pem: [UInt8]
            switch entry.secret {
            case .tlsCertificate(let chain, _): pem = chain
            case .validation(let roots, _): pem = roots
            case .unavailable: return nil
            }
            guard let end = CertificateFacts.read(pem).map(\.notAfter).min() else { return nil }
            let seconds = now.duration(to: end).components.seconds
            return "istio_agent_cert_expiry_seconds{resource_name=\"\(Self.label(name))\"} \(seconds)\n"
        }.joined()
    }

    private static func label(_ text: String) -> String {
        var out = ""
        for character in text {
            switch character {
            case "\\": out += "\\\\"
            case "\"": out += "\\\""
            case "\n": out += "\\n"
            default: out.append(character)
            }
        }
        return out
    }
}
