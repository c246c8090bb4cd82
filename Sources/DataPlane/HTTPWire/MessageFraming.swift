/// Decides how a body ends (RFC 9112 section 6.3), refusing every head two parsers could read differently.
enum MessageFraming {
    /// Sets `framing` from the fields of a request; of a response its caller handles statuses without a body first.
    static func check(
        _ headers: borrowing HeaderBlock,
        version: HTTPVersion,
        into framing: inout BodyFraming
    ) -> HTTPWireError? {
        if let coding = headers.firstIndex(of: .transferEncoding) {
            if headers.isPresent(.contentLength) { return .contentLengthWithTransferEncoding }
            if version == .http1_0 { return .transferEncodingNotAllowed }
            let isChunked = headers.withBytes(headers.fields[coding].valueRange) { $0.equalsIgnoringCase("chunked") }
            guard isChunked, headers.index(of: .transferEncoding, from: coding &+ 1) == nil else {
                return .unknownTransferCoding
            }
            framing = .chunked
        } else if let length = headers.firstIndex(of: .contentLength) {
            guard headers.index(of: .contentLength, from: length &+ 1) == nil,
                let value = headers.withBytes(headers.fields[length].valueRange, decimal)
            else { return .invalidContentLength }
            framing = .length(value)
        }
        return nil
    }

    /// Reads 1*DIGIT; nil for anything else and for what does not fit 63 bits.
    static func decimal(_ bytes: UnsafeRawBufferPointer) -> UInt64? {
        guard !bytes.isEmpty, bytes.count <= 19 else { return nil }
        var value: UInt64 = 0
        for byte in bytes {
            guard byte &- 0x30 < 10 else { return nil }
            // Nineteen digits stay below 2^64.
            value = value &* 10 &+ UInt64(byte &- 0x30)
        }
        return value <= UInt64(Int64.max) ? value : nil
    }
}
