#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// A stretch of a `HeaderBlock`'s storage: offset and length in bytes.
///
/// It stays valid until the block is cleared; edits only append to the storage.
package struct ByteRange: Equatable, Sendable {
    package var offset: UInt32
    package var length: UInt32

    @inline(__always)
    package init(offset: UInt32, length: UInt32) {
        self.offset = offset
        self.length = length
    }

    @inline(__always)
    init(_ offset: Int, _ length: Int) {
        self.offset = UInt32(truncatingIfNeeded: offset)
        self.length = UInt32(truncatingIfNeeded: length)
    }

    package var isEmpty: Bool { length == 0 }
    @inlinable @inline(__always) package var start: Int { Int(offset) }
    @inline(__always) var count: Int { Int(length) }
    @inlinable @inline(__always) package var end: Int { Int(offset) &+ Int(length) }
}

@inline(__always)
func bytesEqual(_ left: UnsafeRawPointer, _ right: UnsafeRawPointer, _ count: Int) -> Bool {
    memcmp(left, right, count) == 0
}

extension StaticString {
    /// The text as bytes; every literal of this room is ASCII longer than one scalar or empty, hence has a pointer.
    @inline(__always)
    var bytes: UnsafeRawBufferPointer {
        hasPointerRepresentation
            ? UnsafeRawBufferPointer(start: utf8Start, count: utf8CodeUnitCount)
            : UnsafeRawBufferPointer(start: nil, count: 0)
    }
}

@inline(__always)
func lowercase(_ byte: UInt8) -> UInt8 {
    // 0x41...0x5A are A to Z; setting bit 5 gives the small letter.
    byte &- 0x41 < 26 ? byte | 0x20 : byte
}

extension UnsafeRawBufferPointer {
    /// Compares with lower-case ASCII text, folding only this side.
    func equalsIgnoringCase(_ lowercased: StaticString) -> Bool {
        let other = lowercased.bytes
        guard count == other.count else { return false }
        var index = 0
        while index < count {
            if lowercase(self[index]) != other[index] { return false }
            index &+= 1
        }
        return true
    }

    /// The part between leading and trailing spaces and tabs (RFC 9110 section 5.6.3, OWS).
    var trimmed: UnsafeRawBufferPointer {
        var low = 0
        var high = count
        while low < high, self[low] == 0x20 || self[low] == 0x09 { low &+= 1 }
        while high > low, self[high &- 1] == 0x20 || self[high &- 1] == 0x09 { high &-= 1 }
        return UnsafeRawBufferPointer(rebasing: self[low..<high])
    }
}
