package import HTTPWire
internal import ProxyUpstream

/// Makes `x-request-id` values: version 4 UUIDs (RFC 9562) from the worker's generator.
///
/// Envoy keeps its sampling decision in the version digit; `4` says "not sampled", which is true here.
package enum RequestID {
    /// Sets a new id on a request.
    package static func generate(into headers: inout HeaderBlock, high: UInt64, low: UInt64) {
        var text = InlineArray<36, UInt8>(repeating: 0x2D)
        let first = high & 0xFFFF_FFFF_FFFF_0FFF | 0x4000
        let second = low & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
        var position = 0
        for digit in 0..<32 {
            if digit == 8 || digit == 12 || digit == 16 || digit == 20 { position &+= 1 }
            let half = digit < 16 ? first : second
            let nibble = UInt8(truncatingIfNeeded: half >> UInt64(60 &- 4 &* (digit & 15))) & 0xF
            text[position] = nibble < 10 ? 0x30 &+ nibble : 0x57 &+ nibble
            position &+= 1
        }
        withUnsafeBytes(of: &text) { headers.set(.xRequestID, $0) }
    }
}
