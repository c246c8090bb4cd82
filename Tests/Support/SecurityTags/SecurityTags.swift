// A build of the programs alone has no Testing.
#if canImport(Testing)
package import Testing

/// Rows of the table of attacks; `Documentation/Hardening.md` says what each of them is and which tests show it.
extension Tag {
    /// Path confusion.
    @Tag package static var sec14: Self
    /// Forms of a host name.
    @Tag package static var sec15: Self
    /// Headers with several values.
    @Tag package static var sec16: Self
    /// Literals taken for regular expressions, bytes that are no text.
    @Tag package static var sec17: Self
    /// Expensive regular expressions.
    @Tag package static var sec18: Self
    /// Headers of a client that are trusted.
    @Tag package static var sec19: Self
    /// Headers and log lines that are injected.
    @Tag package static var sec20: Self
    /// Policies that do not mean what they say.
    @Tag package static var sec21: Self
    /// The wrong filter chain.
    @Tag package static var sec22: Self
    /// Missing secrets.
    @Tag package static var sec23: Self
    /// Names in certificates.
    @Tag package static var sec24: Self
    /// Sessions and certificates that outlive trust.
    @Tag package static var sec25: Self
    /// Hostile tokens.
    @Tag package static var sec26: Self
    /// Keys of issuers, and where they are fetched.
    @Tag package static var sec27: Self
    /// Side services that fail.
    @Tag package static var sec28: Self
    /// What the control plane shows to whom.
    @Tag package static var sec29: Self
    /// Messages that end the control plane.
    @Tag package static var sec30: Self
    /// Requests for certificates that ask for too much.
    @Tag package static var sec31: Self
}
#endif
