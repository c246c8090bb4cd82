/// Conditions on a request that must all hold (Istio `HTTPMatchRequest`).
package struct HTTPMatchRequest: Sendable, Hashable {
    /// Name for people; joined with the route's name.
    package var name = ""
    /// Path with query string removed.
    package var uri: StringMatch?
    /// `http` or `https`.
    package var scheme: StringMatch?
    /// Method.
    package var method: StringMatch?
    /// Host header or `:authority`.
    package var authority: StringMatch?
    /// Headers by lower-case name; claims of the token as written, `@request.auth.claims...` (see `RoutingClaim`).
    package var headers: [String: StringMatch] = [:]
    /// Port the request was sent to; nil for any.
    package var port: UInt32?
    /// Labels the calling workload must carry.
    package var sourceLabels: [String: String] = [:]
    /// Gateways the match applies to; replaces the rule's `gateways` when not empty.
    package var gateways: [String] = []
    /// Query parameters by name.
    package var queryParams: [String: StringMatch] = [:]
    /// Whether `uri` is matched without regard to case (exact and prefix only).
    package var ignoreUriCase = false
    /// Headers that must not match, by lower-case name; claims as in `headers`.
    package var withoutHeaders: [String: StringMatch] = [:]
    /// Namespace of the calling workload; empty for any.
    package var sourceNamespace = ""
    /// Prefix of the statistics of this route; empty for none.
    package var statPrefix = ""
    /// Where the match begins.
    package var source: SourceLocation?

    package init() {}
}
