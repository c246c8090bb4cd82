internal import CEpoll
internal import DequeModule
internal import NIOCore

#if canImport(Glibc)
internal import Glibc
#endif

/// What a socket has not taken yet, in order. Confined to its channel's loop.
struct PendingWrites {
    /// How a stretch of writing ended.
    enum Outcome: Equatable {
        /// Everything flushed is with the kernel.
        case empty
        /// The socket takes no more for now.
        case full
        case failed(errno: CInt)
    }

    private struct Write {
        var bytes: ByteBuffer
        var promise: EventLoopPromise<Void>?
    }

    // One call takes so many buffers.
    private static let mostVectors = 64
    private var queue = Deque<Write>()
    private var flushed = 0
    /// Bytes queued, flushed or not.
    private(set) var bytes = 0

    var isEmpty: Bool { queue.isEmpty }
    var hasFlushed: Bool { flushed > 0 }

    mutating func append(_ bytes: ByteBuffer, _ promise: EventLoopPromise<Void>?) {
        self.bytes &+= bytes.readableBytes
        queue.append(Write(bytes: bytes, promise: promise))
    }

    mutating func markFlushed() { flushed = queue.count }

    /// Gives the kernel what was flushed, as much as it takes; `done` gets the promises of what it took, in order.
    mutating func write(to descriptor: CInt, done: inout [EventLoopPromise<Void>]) -> Outcome {
        while flushed > 0 {
            let count = flushed == 1 ? writeOne(to: descriptor) : writeMany(to: descriptor)
            if count < 0 {
                switch CInt(clamping: -count) {
                case EINTR: continue
                case EAGAIN: return .full
                case let code: return .failed(errno: code)
                }
            }
            if !take(count, done: &done) { return .full }
        }
        return .empty
    }

    // Both answer how many bytes the kernel took, or the negative error.
    private func writeOne(to descriptor: CInt) -> Int {
        guard let first = queue.first else { return 0 }
        // An empty write stands for the place in the order, no more.
        guard first.bytes.readableBytes > 0 else { return 0 }
        return first.bytes.withUnsafeReadableBytes { bytes in
            let sent = cepoll_send(descriptor, bytes.baseAddress, bytes.count)
            return sent < 0 ? -Int(errno) : sent
        }
    }

    private func writeMany(to descriptor: CInt) -> Int {
        let count = min(flushed, Self.mostVectors)
        return withUnsafeTemporaryAllocation(of: iovec.self, capacity: count) { vectors in
            var filled = 0
            for index in 0..<count {
                // The buffers stay in the queue, and their memory with them, until this call is over.
                queue[index].bytes.withUnsafeReadableBytes { bytes in
                    guard bytes.count > 0 else { return }
                    let base = UnsafeMutableRawPointer(mutating: bytes.baseAddress)
                    vectors[filled] = iovec(iov_base: base, iov_len: bytes.count)
                    filled += 1
                }
            }
            guard filled > 0 else { return 0 }
            let sent = cepoll_send_vectors(descriptor, vectors.baseAddress, filled)
            return sent < 0 ? -Int(errno) : sent
        }
    }

    /// Takes `count` bytes off the front; false if the kernel left something of what it was given.
    private mutating func take(_ count: Int, done: inout [EventLoopPromise<Void>]) -> Bool {
        var left = count
        bytes &-= count
        var seen = 0
        while flushed > 0, seen < Self.mostVectors {
            let readable = queue[0].bytes.readableBytes
            if readable > left {
                queue[0].bytes.moveReaderIndex(forwardBy: left)
                return false
            }
            left &-= readable
            seen &+= 1
            flushed &-= 1
            if let promise = queue.removeFirst().promise { done.append(promise) }
        }
        return true
    }

    /// Forgets everything; answers the promises that will not be kept.
    mutating func removeAll() -> [EventLoopPromise<Void>] {
        let promises = queue.compactMap(\.promise)
        queue = Deque()
        flushed = 0
        bytes = 0
        return promises
    }
}
