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
    // Small ones that came after those. Apart, as changing an element of a circular buffer copies it.
    private var small = ByteBuffer()
    /// All bytes that wait.
    private(set) var bytes = 0

    var isEmpty: Bool { bytes == 0 }
    /// How many buffers hold them.
    var count: Int { stretches.count &+ (small.readableBytes > 0 ? 1 : 0) }

    /// Puts a stretch behind the others.
    mutating func append(_ slice: ByteBuffer) {
        bytes &+= slice.readableBytes
        let isLarge = slice.readableBytes > Self.largestCopy
        if isLarge || small.readableBytes &+ slice.readableBytes > Self.together { closeSmall() }
        if isLarge { stretches.append(slice) } else { small.writeImmutableBuffer(slice) }
    }

    private mutating func closeSmall() {
        guard small.readableBytes > 0 else { return }
        stretches.append(small)
        small = ByteBuffer()
    }

    /// Takes the first stretch out.
    mutating func popFirst() -> ByteBuffer? {
        if stretches.isEmpty { closeSmall() }
        guard let first = stretches.popFirst() else { return nil }
        bytes &-= first.readableBytes
        return first
    }

    /// Calls `body` with each stretch, in order.
    func forEach(_ body: (ByteBuffer) -> Void) {
        stretches.forEach(body)
        if small.readableBytes > 0 { body(small) }
    }

    /// Lets go of all.
    mutating func removeAll() { self = HeldBody() }
}
