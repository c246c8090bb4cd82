/// One header line of a `HeaderBlock`: where its name and value lie, and which header it is. 16 bytes.
package struct HeaderField: Sendable {
    package var nameOffset: UInt32
    package var valueOffset: UInt32
    package var valueLength: UInt32
    package var nameLength: UInt16
    package var id: KnownHeader
    /// True if storage holds exactly `name: value CRLF` at `nameOffset`, so that the line can be copied as it lies.
    var isVerbatim: Bool

    @inline(__always) package var nameRange: ByteRange { ByteRange(offset: nameOffset, length: UInt32(nameLength)) }
    @inline(__always) package var valueRange: ByteRange { ByteRange(offset: valueOffset, length: valueLength) }
    @inline(__always) var lineStart: Int { Int(nameOffset) }
    @inline(__always) var lineEnd: Int { Int(valueOffset) &+ Int(valueLength) &+ 2 }
}
