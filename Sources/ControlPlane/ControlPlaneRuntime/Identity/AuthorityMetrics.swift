internal import CertificateAuthority
internal import Foundation
internal import MeshTelemetry
internal import Synchronization
internal import X509

/// What the certificate authority counts, under Istio's names (`security/pkg/server/ca`, `security/pkg/pki/ca`).
final class AuthorityMetrics: Sendable {
    private struct Counts {
        var requests: UInt64 = 0
        var issued: UInt64 = 0
        var refusedRequests: UInt64 = 0
        var refusedCallers: UInt64 = 0
    }

    private let counts = Mutex(Counts())

    func requested() { counts.withLock { $0.requests &+= 1 } }
    func issued() { counts.withLock { $0.issued &+= 1 } }
    func refusedRequest() { counts.withLock { $0.refusedRequests &+= 1 } }
    func refusedCaller() { counts.withLock { $0.refusedCallers &+= 1 } }

    /// Writes every family; the dates are of the authority in effect.
    func write(_ authority: SigningAuthority, to page: inout PrometheusText) {
        let counts = counts.withLock { $0 }
        for (name, help, value) in [
            ("citadel_server_csr_count", "Certificate requests received.", counts.requests),
            ("citadel_server_success_cert_issuance_count", "Certificates issued.", counts.issued),
            ("citadel_server_csr_parsing_err_count", "Certificate requests refused.", counts.refusedRequests),
            (
                "citadel_server_authentication_failure_count",
                "Calls of the secured port refused for want of an identity.",
                counts.refusedCallers
            ),
        ] {
            page.family(name, .counter, help: help)
            page.sample(name, [], Double(value))
        }
        let root = authority.roots.first?.notValidAfter ?? authority.end
        for (name, help, date) in [
            ("citadel_server_root_cert_expiry_timestamp", "End of the root, in Unix seconds.", root),
            ("citadel_server_cert_chain_expiry_timestamp", "End of what signs, in Unix seconds.", authority.end),
        ] {
            page.family(name, .gauge, help: help)
            page.sample(name, [], date.timeIntervalSince1970)
        }
    }
}
