/// Bytes that only grow until they are cleared: what a `HeaderBlock` keeps heads and edits in.
///
/// A value type that copies its memory at the first write after a copy. It does what an array does with fewer checks per
/// append: a header line is one uniqueness check, one comparison and the copies.
package struct ByteStorage: @unchecked Sendable {
    @usableFromInline
    final class Memory: ManagedBuffer<Int, UInt8> {}

    // Written only while one value refers to it. Its header is not used.
    @usableFromInline var memory: Memory?
    /// The bytes of `memory`, nil without one.
    @usableFromInline var base: UnsafeMutableRawPointer?
    private(set) var capacity = 0
    /// Bytes in use; never more than `capacity`.
    package private(set) var count = 0

    init() {}

    @inline(__always) var isEmpty: Bool { count == 0 }

    /// Empties it; without `keepingCapacity` the memory goes.
    @inline(__always)
    mutating func removeAll(keepingCapacity: Bool) {
        count = 0
        if !keepingCapacity {
            memory = nil
            base = nil
            capacity = 0
        }
    }

    mutating func reserveCapacity(_ bytes: Int) {
        if bytes > count { _ = room(bytes &- count) }
    }

    /// The bytes in use for the length of the call.
    @inlinable
    @inline(__always)
    package func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
        withExtendedLifetime(memory) { body(UnsafeRawBufferPointer(start: base, count: count)) }
    }

    @inline(__always)
    mutating func withUnsafeMutableBytes(_ body: (UnsafeMutableRawBufferPointer) -> Void) {
        guard let end = room(0) else { return }
        body(UnsafeMutableRawBufferPointer(start: end - count, count: count))
    }

    /// Appends bytes from elsewhere: `bytes` may not lie in this storage.
    @inline(__always)
    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress, bytes.count > 0, let end = room(bytes.count) else { return }
        end.copyMemory(from: source, byteCount: bytes.count)
        count &+= bytes.count
    }

    /// Appends a stretch of this storage once more; one that is not inside is left out.
    mutating func append(copying range: ByteRange) {
        guard range.end <= count, let end = room(range.count) else { return }
        end.copyMemory(from: end - count + range.start, byteCount: range.count)
        count &+= range.count
    }

    /// Appends `name: value CRLF`.
    @inline(__always)
    mutating func append(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) {
        let more = name.count &+ value.count &+ 4
        guard var target = room(more) else { return }
        if let source = name.baseAddress { target.copyMemory(from: source, byteCount: name.count) }
        target += name.count
        target.storeBytes(of: UInt16(littleEndian: 0x203A), as: UInt16.self)
        target += 2
        if let source = value.baseAddress { target.copyMemory(from: source, byteCount: value.count) }
        target += value.count
        target.storeBytes(of: UInt16(littleEndian: 0x0A0D), as: UInt16.self)
        count &+= more
    }

    /// Where the next byte goes, in memory nobody else refers to and with room for `more` bytes.
    ///
    /// Nil only if there is no memory and none is needed. Good until the next call.
    @inline(__always)
    private mutating func room(_ more: Int) -> UnsafeMutableRawPointer? {
        if !isKnownUniquelyReferenced(&memory) || more > capacity &- count { move(more) }
        return base.map { $0 + count }
    }

    @inline(never)
    private mutating func move(_ more: Int) {
        let needed = count &+ more
        guard needed > 0 else { return }
        let size = needed <= capacity ? capacity : max(needed, min(capacity &* 2, needed &+ 65536), 64)
        let grown = unsafeDowncast(Memory.create(minimumCapacity: size) { _ in 0 }, to: Memory.self)
        let start = grown.withUnsafeMutablePointerToElements { UnsafeMutableRawPointer($0) }
        if let base { start.copyMemory(from: base, byteCount: count) }
        // Only now may the old memory go.
        memory = grown
        base = start
        capacity = size
    }
}
