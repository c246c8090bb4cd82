package import HTTPWire
package import NIOCore
package import SocketTransport

/// Buffers that connections of one worker borrow for the length of a loop turn, so that idle connections hold none.
package final class BufferPool {
    private var free: [ByteBuffer] = []
    private static let capacity = 4096
    private static let smallest = 256
    // As many as wait in a turn, twice.
    private static let kept = 2 * TurnQueue.capacity

    package init() { free.reserveCapacity(Self.kept) }

    @inline(__always)
    fileprivate func take() -> ByteBuffer {
        guard var buffer = free.popLast() else { return ByteBufferAllocator().buffer(capacity: Self.capacity) }
        // If the last write is still queued in a channel this makes new storage instead: small, as a peer that does not
        // read has thousands of small ones queued.
        buffer.clear(minimumCapacity: Self.smallest)
        return buffer
    }

    @inline(__always)
    fileprivate func give(_ buffer: ByteBuffer) {
        if free.count < Self.kept, buffer.capacity <= 65536 { free.append(buffer) }
    }
}

/// What a turn leaves to be written.
///
/// A flush may find the peer gone and end the connection, or make it writable and begin its next turn, before it
/// returns: it happens outside of the writer, whom both ask for more.
package struct TurnOutput {
    fileprivate let pool: BufferPool
    fileprivate let last: ByteBuffer?
    fileprivate let needsFlush: Bool

    /// Hands all of it to the socket, through what stands before it in the pipeline.
    @inline(__always)
    package func flush(_ context: ChannelHandlerContext) {
        guard needsFlush else { return }
        guard let last else { return context.flush() }
        context.writeAndFlush(NIOAny(last), promise: nil)
        pool.give(last)
    }

    /// Hands all of it to a socket that the handler has for itself.
    @inline(__always)
    package func flush(_ socket: SocketChannel) {
        guard needsFlush else { return }
        guard let last else { return socket.flush0() }
        socket.send(last)
        // The storage comes back as soon as the socket took the bytes, which is now in the ordinary case.
        pool.give(last)
    }
}

/// Gathers what one connection writes during a loop turn into as few writes as possible and one flush.
///
/// Heads and small bodies share a buffer; large body slices go to the channel as they are.
package struct TurnWriter {
    // Copying 8 KiB costs less than a second I/O vector and the receive buffer it would pin.
    private static let largestCopy = 8192

    private let pool: BufferPool
    private var buffer = ByteBuffer()
    private var isOpen = false
    private var needsFlush = false
    /// Bytes handed over since the connection began.
    package private(set) var bytesWritten: UInt64 = 0

    package init(pool: BufferPool) { self.pool = pool }

    /// Whether there is anything to flush.
    @inline(__always)
    package var hasOutput: Bool { isOpen || needsFlush }

    /// Whether a part is with the channel already: large, and best sent while it is in the cache.
    @inline(__always)
    package var hasHandedOver: Bool { needsFlush }

    /// Lets `body` append to this turn's buffer.
    @inline(__always)
    package mutating func append(_ body: (inout ByteBuffer) -> Void) {
        open()
        body(&buffer)
    }

    /// Appends a request head. A closure would copy what it captures.
    package mutating func append(_ head: borrowing RequestHead) {
        open()
        buffer.writeRequestHead(head)
    }

    /// Appends a response head for a caller of this version.
    package mutating func append(_ head: borrowing ResponseHead, version: HTTPVersion) {
        open()
        buffer.writeResponseHead(head, version: version)
    }

    @inline(__always)
    private mutating func open() {
        guard !isOpen else { return }
        buffer = pool.take()
        isOpen = true
    }

    /// Appends body bytes, by copy or by reference.
    package mutating func append(_ bytes: ByteBuffer, to context: ChannelHandlerContext) {
        if bytes.readableBytes <= Self.largestCopy {
            append { $0.writeImmutableBuffer(bytes) }
            return
        }
        hand(to: context)
        bytesWritten &+= UInt64(bytes.readableBytes)
        context.write(NIOAny(bytes), promise: nil)
        needsFlush = true
    }

    /// Takes out what was gathered: to be flushed when the writer is no longer being changed.
    @inline(__always)
    package mutating func endTurn() -> TurnOutput {
        defer { needsFlush = false }
        guard isOpen else { return TurnOutput(pool: pool, last: nil, needsFlush: needsFlush) }
        let whole = take()
        bytesWritten &+= UInt64(whole.readableBytes)
        return TurnOutput(pool: pool, last: whole, needsFlush: true)
    }

    /// Forgets what was gathered: the connection is gone.
    package mutating func discard() {
        if isOpen { pool.give(take()) }
        needsFlush = false
    }

    private mutating func hand(to context: ChannelHandlerContext) {
        guard isOpen else { return }
        let whole = take()
        bytesWritten &+= UInt64(whole.readableBytes)
        context.write(NIOAny(whole), promise: nil)
        pool.give(whole)
        needsFlush = true
    }

    @inline(__always)
    private mutating func take() -> ByteBuffer {
        let whole = buffer
        buffer = ByteBuffer()
        isOpen = false
        return whole
    }
}
