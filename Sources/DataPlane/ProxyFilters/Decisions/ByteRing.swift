/// Records of any length in memory that is asked for once: a new record overwrites the oldest ones.
///
/// Each record lies in one piece, behind eight bytes that say how long it is. A record that does not fit behind the
/// newest begins at the start again. Memory is touched as it is used: a ring nobody writes to costs address space.
struct ByteRing: ~Copyable {
    /// Bytes in front of a record.
    static let prefix = 8

    let capacity: Int
    /// Records that are there.
    private(set) var count = 0
    /// Records there have been.
    private(set) var total: UInt64 = 0

    private let memory: UnsafeMutableRawPointer
    /// Where the next record goes.
    private var next = 0
    private var oldest = 0
    /// While older records lie above `next`: where the last of them ends.
    private var upperEnd = 0
    private var isWrapped = false

    /// A ring of `capacity` bytes, rounded up to a multiple of eight.
    init(capacity: Int) {
        self.capacity = Self.aligned(max(capacity, Self.prefix))
        memory = .allocate(byteCount: self.capacity, alignment: 8)
    }

    deinit { memory.deallocate() }

    /// Appends a record of at most `most` bytes: `body` writes it and answers its length.
    ///
    /// Nothing is appended where `most` does not fit the ring at all, and the oldest records go all the same when
    /// `body` answers 0.
    @inline(__always)
    mutating func append(atMost most: Int, _ body: (UnsafeMutableRawBufferPointer) -> Int) {
        let room = Self.aligned(most &+ Self.prefix)
        guard most >= 0, room <= capacity else { return }
        makeRoom(room)
        let target = memory + next
        let used = body(UnsafeMutableRawBufferPointer(start: target + Self.prefix, count: most))
        guard used > 0, used <= most else { return }
        target.storeBytes(of: used, as: Int.self)
        next &+= Self.aligned(used &+ Self.prefix)
        count &+= 1
        total &+= 1
    }

    /// Calls `body` with every record, the oldest first.
    func forEach(_ body: (UnsafeRawBufferPointer) -> Void) {
        guard count > 0 else { return }
        if isWrapped {
            visit(from: oldest, to: upperEnd, body)
            visit(from: 0, to: next, body)
        } else {
            visit(from: oldest, to: next, body)
        }
    }

    private func visit(from start: Int, to end: Int, _ body: (UnsafeRawBufferPointer) -> Void) {
        var position = start
        while position < end {
            let length = length(at: position)
            body(UnsafeRawBufferPointer(start: memory + position + Self.prefix, count: length))
            position &+= Self.aligned(length &+ Self.prefix)
        }
    }

    @inline(__always)
    private mutating func makeRoom(_ room: Int) {
        while true {
            if isWrapped {
                if next &+ room <= oldest { return }
                dropOldest()
            } else if next &+ room <= capacity {
                return
            } else if count == 0 {
                next = 0
                oldest = 0
            } else {
                upperEnd = next
                next = 0
                isWrapped = true
            }
        }
    }

    private mutating func dropOldest() {
        oldest &+= Self.aligned(length(at: oldest) &+ Self.prefix)
        count &-= 1
        guard oldest >= upperEnd else { return }
        oldest = 0
        isWrapped = false
    }

    private func length(at position: Int) -> Int { memory.load(fromByteOffset: position, as: Int.self) }

    private static func aligned(_ length: Int) -> Int { (length &+ 7) & ~7 }
}
