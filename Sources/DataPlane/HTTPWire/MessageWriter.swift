package import NIOCore

extension ByteBuffer {
    /// Writes a request head as HTTP/1.1 with lower-case names, `head.framing` as its only framing
    /// and `connection: close` unless `head.keepAlive`.
    package mutating func writeRequestHead(_ head: borrowing RequestHead) {}

    /// Writes a response head with the framing of `head.framing`.
    package mutating func writeResponseHead(_ head: borrowing ResponseHead) {}

    /// Writes the line that opens a chunk of `length` bytes; `length` must not be 0.
    package mutating func writeChunkStart(length: Int) {}

    /// Writes the end of a chunk's data.
    package mutating func writeChunkEnd() {}

    /// Writes the last chunk and the trailer section.
    package mutating func writeLastChunk(trailers: borrowing HeaderBlock) {}

    /// Writes the last chunk without trailers.
    package mutating func writeLastChunk() {}
}

extension HeaderBlock {
    /// Removes what concerns one hop only (RFC 9110 section 7.6.1), as Envoy does before proxying.
    package mutating func removeHopByHop() {}
}
