/// What one message may cost before it is refused.
///
/// Defaults are Envoy's (`max_request_headers_kb` 60, `max_headers_count` 100).
package struct HTTPLimits: Sendable {
    /// The longest head in bytes, start line included.
    package var maxHeadBytes = 60 * 1024
    /// The most header lines in a head or a trailer section.
    package var maxHeaders = 100
    /// The longest chunk-size line in bytes, extensions included.
    package var maxChunkLineBytes = 4096
    /// The longest trailer section in bytes.
    package var maxTrailerBytes = 8 * 1024
    /// Whether HTTP/1.0 requests are served (`accept_http_10`); otherwise they get 426, as in Envoy and Istio.
    package var acceptHTTP10 = false
    /// How many informational responses (1xx) may precede a final one.
    package var maxInformationalResponses = 8

    package init() {}
}
