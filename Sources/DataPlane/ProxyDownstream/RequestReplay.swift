internal import NIOCore

/// The body of a request as far as it went upstream, kept for another try.
///
/// Beyond the limit all of it is let go and the request is tried no more
/// (Envoy's `per_connection_buffer_limit_bytes`, statistic `retry_or_shadow_abandoned`).
struct RequestReplay {
    /// What was kept, in order; empty once abandoned.
    private(set) var body = HeldBody()
    /// Whether what comes is to be kept.
    private(set) var isKeeping = false

    /// Begins to keep.
    mutating func begin() { isKeeping = true }

    /// Keeps one more slice; false if that is more than `limit`, and everything was let go.
    mutating func append(_ slice: ByteBuffer, limit: Int) -> Bool {
        guard body.bytes &+ slice.readableBytes <= limit else {
            end()
            return false
        }
        body.append(slice)
        return true
    }

    /// Lets go of everything: no further try will be made.
    @inline(__always)
    mutating func end() {
        if isKeeping { forget() }
    }

    private mutating func forget() {
        body.removeAll()
        isKeeping = false
    }
}
