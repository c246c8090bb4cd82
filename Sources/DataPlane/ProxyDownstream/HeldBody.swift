internal import NIOCore

/// Stretches of a body that wait, in order.
///
/// Large ones share the storage they were read into. Small ones are copied together: a body in chunks of one byte would
/// cost a buffer for each byte, and keep all that was read around them (CVE-2020-12603).
struct HeldBody {
    /// A stretch up to this is copied.
    private static let largestCopy = 2048
    /// What is copied together.
    private static let together = 16384

    private var stretches = CircularBuffer<ByteBuffer>()
    private var lastIsCopy = false
    /// All bytes that wait.
    private(set) var bytes = 0

    var isEmpty: Bool { stretches.isEmpty }
    /// How many buffers hold them.
    var count: Int { stretches.count }

    /// Puts a stretch behind the others.
    mutating func append(_ slice: ByteBuffer) {
        bytes &+= slice.readableBytes
        guard slice.readableBytes <= Self.largestCopy else {
            stretches.append(slice)
            lastIsCopy = false
            return
        }
        if lastIsCopy, let last = stretches.indices.last,
            stretches[last].readableBytes &+ slice.readableBytes <= Self.together
        {
            stretches[last].writeImmutableBuffer(slice)
            return
        }
        var copy = ByteBufferAllocator().buffer(capacity: slice.readableBytes)
        copy.writeImmutableBuffer(slice)
        stretches.append(copy)
        lastIsCopy = true
    }

    /// Takes the first stretch out.
    mutating func popFirst() -> ByteBuffer? {
        guard let first = stretches.popFirst() else { return nil }
        bytes &-= first.readableBytes
        return first
    }

    /// Calls `body` with each stretch, in order.
    func forEach(_ body: (ByteBuffer) -> Void) { stretches.forEach(body) }

    /// Lets go of all.
    mutating func removeAll() { self = HeldBody() }
}
