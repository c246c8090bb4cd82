/// Bytes that only grow until they are cleared: what a `HeaderBlock` keeps heads and edits in.
///
/// A value type that copies its memory at the first write after a copy. It does what an array does with fewer checks per
/// append: a header line is one uniqueness check, one comparison and the copies.
package struct ByteStorage: @unchecked Sendable {
    // The header is the capacity in bytes; the memory itself is written only while one value refers to it.
    @usableFromInline
    final class Memory: ManagedBuffer<Int, UInt8> {}

    @usableFromInline var memory: Memory?
    /// Bytes in use; never more than the capacity of `memory`, 0 without one.
    package private(set) var count = 0

    init() {}

    @inline(__always) var isEmpty: Bool { count == 0 }
    var capacity: Int { memory?.header ?? 0 }

    /// Empties it; without `keepingCapacity` the memory goes.
    @inline(__always)
    mutating func removeAll(keepingCapacity: Bool) {
        count = 0
        if !keepingCapacity { memory = nil }
    }

    mutating func reserveCapacity(_ bytes: Int) {
        if bytes > count { _ = ensureRoom(bytes &- count) }
    }

    /// The bytes in use for the length of the call.
    @inlinable
    @inline(__always)
    package func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
        guard let memory else { return body(UnsafeRawBufferPointer(start: nil, count: 0)) }
        return memory.withUnsafeMutablePointerToElements { start in
            body(UnsafeRawBufferPointer(start: start, count: count))
        }
    }

    @inline(__always)
    mutating func withUnsafeMutableBytes(_ body: (UnsafeMutableRawBufferPointer) -> Void) {
        guard let memory = ensureRoom(0) else { return }
        memory.withUnsafeMutablePointerToElements { start in
            body(UnsafeMutableRawBufferPointer(start: start, count: count))
        }
    }

    /// Appends bytes from elsewhere: `bytes` may not lie in this storage.
    @inline(__always)
    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress, bytes.count > 0, let memory = ensureRoom(bytes.count) else { return }
        memory.withUnsafeMutablePointerToElements { start in
            UnsafeMutableRawPointer(start + count).copyMemory(from: source, byteCount: bytes.count)
        }
        count &+= bytes.count
    }

    /// Appends a stretch of this storage once more; one that is not inside is left out.
    mutating func append(copying range: ByteRange) {
        guard range.end <= count, let memory = ensureRoom(range.count) else { return }
        memory.withUnsafeMutablePointerToElements { start in
            UnsafeMutableRawPointer(start + count).copyMemory(from: start + range.start, byteCount: range.count)
        }
        count &+= range.count
    }

    /// Appends `name: value CRLF`.
    @inline(__always)
    mutating func append(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) {
        let more = name.count &+ value.count &+ 4
        guard let memory = ensureRoom(more) else { return }
        memory.withUnsafeMutablePointerToElements { start in
            var target = UnsafeMutableRawPointer(start + count)
            if let source = name.baseAddress { target.copyMemory(from: source, byteCount: name.count) }
            target += name.count
            target.storeBytes(of: UInt16(littleEndian: 0x203A), as: UInt16.self)
            target += 2
            if let source = value.baseAddress { target.copyMemory(from: source, byteCount: value.count) }
            target += value.count
            target.storeBytes(of: UInt16(littleEndian: 0x0A0D), as: UInt16.self)
        }
        count &+= more
    }

    /// Memory nobody else refers to with room for `more` bytes behind `count`. Always there; optional so as not to trap.
    @inline(__always)
    private mutating func ensureRoom(_ more: Int) -> Memory? {
        if isKnownUniquelyReferenced(&memory), let memory, more <= memory.header &- count { return memory }
        return moved(more)
    }

    @inline(never)
    private mutating func moved(_ more: Int) -> Memory? {
        let needed = count &+ more
        let room = needed <= capacity ? capacity : max(needed, min(capacity &* 2, needed &+ 65536), 64)
        let created = Memory.create(minimumCapacity: room) { _ in room }
        let grown = unsafeDowncast(created, to: Memory.self)
        if let memory {
            memory.withUnsafeMutablePointerToElements { source in
                grown.withUnsafeMutablePointerToElements { $0.update(from: source, count: count) }
            }
        }
        memory = grown
        return grown
    }
}
