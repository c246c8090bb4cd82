package import FoundationEssentials

/// How long a certificate lives: what was asked for, within what is allowed and what its issuer has left.
package struct CertificateLifetime: Sendable, Hashable {
    /// 24 h, when nothing is asked for (Istio `DEFAULT_WORKLOAD_CERT_TTL`).
    package static let standard: Int64 = 24 * 3600
    /// 90 days (Istio `MAX_WORKLOAD_CERT_TTL`).
    package static let maximum: Int64 = 90 * 24 * 3600
    /// Two minutes, so that a clock that is behind takes a new certificate (Istio `ClockSkewGracePeriod`).
    package static let backdating: Int64 = 120
    /// A day, for what only shows who the control plane is: a proxy whose clock is far behind must get as far as the answer
    /// that tells it so, and a handshake that fails tells it nothing.
    package static let serverBackdating: Int64 = 24 * 3600

    package let notBefore: Date
    package let notAfter: Date

    /// Nil when the issuer ends within a second.
    ///
    /// - Parameters:
    ///   - requested: seconds from now; nothing and less than nothing stand for ``standard``.
    ///   - backdating: seconds before now at which it begins.
    package init?(
        requested: Int64,
        maximum: Int64 = Self.maximum,
        backdating: Int64 = Self.backdating,
        now: Date,
        issuerEnd: Date
    ) {
        let start = now.timeIntervalSince1970.rounded(.down)
        let seconds = min(requested > 0 ? requested : min(Self.standard, maximum), maximum)
        let end = min(start + Double(seconds), issuerEnd.timeIntervalSince1970.rounded(.down))
        guard end >= start + 1 else { return nil }
        notBefore = Date(timeIntervalSince1970: start - Double(backdating))
        notAfter = Date(timeIntervalSince1970: end)
    }
}
