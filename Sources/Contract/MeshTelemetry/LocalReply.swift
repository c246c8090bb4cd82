/// The bodies of the replies a proxy makes itself, letter for letter Envoy 1.40's: dashboards and tests grep them.
package enum LocalReply {
    /// 504, flag UT: the route's timeout or the last try's.
    package static let upstreamRequestTimeout: StaticString = "upstream request timeout"
    /// 503, flag UH.
    package static let noHealthyUpstream: StaticString = "no healthy upstream"
    /// The status of the fault comes from its configuration; flag FI.
    package static let faultFilterAbort: StaticString = "fault filter abort"
    /// 408, flag SI.
    package static let streamTimeout: StaticString = "stream timeout"
    /// 408.
    package static let requestTimeout: StaticString = "request timeout"
    /// 413.
    package static let payloadTooLarge: StaticString = "Payload Too Large"
    /// 404 (no route), 503 (no such cluster), 403 (upgrade refused) and 400 (no host): no body at all.
    package static let empty: StaticString = ""
    /// Content type of every reply that has a body.
    package static let contentType: StaticString = "text/plain"

    private static let resetStart = "upstream connect error or disconnect/reset before headers. "

    /// 503 or 502: the upstream connection failed or broke before a response head. A cold path: allocates.
    package static func upstreamReset(_ reason: UpstreamResetReason, retried: Bool) -> String {
        resetStart + (retried ? "retried and the latest reset reason: " : "reset reason: ") + "\(reason.text)"
    }
}
