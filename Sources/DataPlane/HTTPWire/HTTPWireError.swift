/// Why bytes were refused as HTTP/1.1.
package enum HTTPWireError: Error, Equatable, Sendable {
    case codecError

    /// The status of the local reply; nil if none can be sent.
    package var status: UInt16 { 400 }
    /// What `%RESPONSE_CODE_DETAILS%` says; Envoy's names where Envoy has one.
    package var details: StaticString { "http1.codec_error" }
}
