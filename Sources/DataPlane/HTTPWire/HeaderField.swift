/// One header line of a `HeaderBlock`: where its name and value lie, and which header it is. 16 bytes.
package struct HeaderField: Sendable {
    package var nameOffset: UInt32
    package var valueOffset: UInt32
    package var valueLength: UInt32
    package var nameLength: UInt16
    package var id: KnownHeader
    /// True if storage holds exactly `name: value CRLF` at `nameOffset`, so that the line can be copied as it lies.
    var isVerbatim: Bool

    @inline(__always)
    init(
        nameOffset: UInt32,
        valueOffset: UInt32,
        valueLength: UInt32,
        nameLength: UInt16,
        id: KnownHeader,
        isVerbatim: Bool
    ) {
        self.nameOffset = nameOffset
        self.valueOffset = valueOffset
        self.valueLength = valueLength
        self.nameLength = nameLength
        self.id = id
        self.isVerbatim = isVerbatim
    }

    /// A pseudo-header: a value without a line of its own.
    @inline(__always)
    init(_ part: KnownHeader, _ value: ByteRange) {
        nameOffset = 0
        valueOffset = value.offset
        valueLength = value.length
        nameLength = 0
        id = part
        isVerbatim = false
    }

    @inlinable
    @inline(__always)
    package var nameRange: ByteRange { ByteRange(offset: nameOffset, length: UInt32(nameLength)) }
    @inlinable
    @inline(__always)
    package var valueRange: ByteRange { ByteRange(offset: valueOffset, length: valueLength) }
    @inline(__always) var lineStart: Int { Int(nameOffset) }
    @inline(__always) var lineEnd: Int { Int(valueOffset) &+ Int(valueLength) &+ 2 }
}
