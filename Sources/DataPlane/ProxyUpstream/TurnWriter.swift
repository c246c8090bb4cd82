package import HTTPWire
package import NIOCore

/// Buffers that connections of one worker borrow for the length of a loop turn, so that idle connections hold none.
package final class BufferPool {
    private var free: [ByteBuffer] = []
    private static let capacity = 4096
    private static let kept = 8

    package init() { free.reserveCapacity(Self.kept) }

    @inline(__always)
    fileprivate func take() -> ByteBuffer {
        guard var buffer = free.popLast() else { return ByteBufferAllocator().buffer(capacity: Self.capacity) }
        // If the last write is still queued in a channel this makes new storage instead.
        buffer.clear()
        return buffer
    }

    @inline(__always)
    fileprivate func give(_ buffer: ByteBuffer) {
        if free.count < Self.kept, buffer.capacity <= 65536 { free.append(buffer) }
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

    /// Whether a flush would do anything.
    package var hasPending: Bool { isOpen || needsFlush }

    /// Writes and flushes what was gathered.
    @inline(__always)
    package mutating func flush(_ context: ChannelHandlerContext) {
        if isOpen, !needsFlush {
            // One buffer, the ordinary case: the storage comes back as soon as the socket took the bytes.
            let whole = take()
            bytesWritten &+= UInt64(whole.readableBytes)
            context.writeAndFlush(NIOAny(whole), promise: nil)
            pool.give(whole)
            return
        }
        hand(to: context)
        guard needsFlush else { return }
        needsFlush = false
        context.flush()
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
