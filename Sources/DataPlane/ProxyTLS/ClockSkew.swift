internal import MeshTelemetry

extension PeerCertificate {
    /// How long after its end a certificate may still be one that the peer's clock takes for good: agents renew theirs
    /// long before, so that what ended a moment ago was ended by a clock more often than by neglect.
    private static let recent: Int64 = 3600

    /// What the clocks have to do with a refusal: the certificate's limit, and what time it is here; nil while it is
    /// valid at `now`, in seconds since 1970.
    package func timeProblem(now: Int64) -> String? {
        if now < notBefore {
            return "the peer's certificate is not valid before \(Self.text(notBefore)), \(Self.here(now)): clock skew?"
        }
        guard now >= notAfter else { return nil }
        let (age, overflows) = now.subtractingReportingOverflow(notAfter)
        let question = !overflows && age < Self.recent ? ": clock skew?" : ""
        return "the peer's certificate expired at \(Self.text(notAfter)), \(Self.here(now))\(question)"
    }

    private static func here(_ now: Int64) -> String { "the clock here says \(text(now))" }

    private static func text(_ seconds: Int64) -> String {
        let (milliseconds, overflows) = seconds.multipliedReportingOverflow(by: 1000)
        return AccessLogTimestamp(millisecondsSinceEpoch: overflows ? (seconds < 0 ? .min : .max) : milliseconds).text
    }
}

extension TLSFailure {
    /// The same, and why a certificate that was refused is not valid now, which the library does not say.
    ///
    /// - Parameters:
    ///   - peer: what the peer showed, verified or not; nil if it got nowhere near that.
    ///   - now: seconds since 1970.
    package static func text(of error: any Error, peer: PeerCertificate?, now: Int64) -> String {
        let text = text(of: error)
        guard text.contains("CERTIFICATE_VERIFY_FAILED"), let problem = peer?.timeProblem(now: now) else { return text }
        return "\(text): \(problem)"
    }
}
