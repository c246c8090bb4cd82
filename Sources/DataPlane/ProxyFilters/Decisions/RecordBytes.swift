/// Writes numbers and texts one after the other; what does not fit is cut.
struct RecordWriter {
    /// The longest text that is kept whole.
    static let textLimit = 400

    private let target: UnsafeMutableRawBufferPointer
    private(set) var count = 0

    init(_ target: UnsafeMutableRawBufferPointer) { self.target = target }

    @inline(__always)
    mutating func write<Value: BitwiseCopyable>(_ value: Value) {
        guard let base = target.baseAddress, count &+ MemoryLayout<Value>.size <= target.count else { return }
        (base + count).storeBytes(of: value, as: Value.self)
        count &+= MemoryLayout<Value>.size
    }

    /// Two bytes of length, then the text.
    @inline(__always)
    mutating func write(_ text: UnsafeRawBufferPointer, limit: Int = RecordWriter.textLimit) {
        let room = target.count &- count &- 2
        guard let base = target.baseAddress, room >= 0 else { return }
        let length = min(text.count, limit, room, 65_535)
        (base + count).storeBytes(of: UInt16(truncatingIfNeeded: length), as: UInt16.self)
        if let source = text.baseAddress, length > 0 {
            (base + count + 2).copyMemory(from: source, byteCount: length)
        }
        count &+= 2 &+ length
    }

    @inline(__always)
    mutating func write(_ text: String) {
        let isWritten: Void? = text.utf8.withContiguousStorageIfAvailable { write(UnsafeRawBufferPointer($0)) }
        if isWritten == nil { write(UnsafeRawBufferPointer(start: nil, count: 0)) }
    }

    @inline(__always)
    mutating func write(_ text: ContiguousArray<UInt8>) {
        text.withUnsafeBytes { write($0) }
    }
}

/// Reads what a `RecordWriter` wrote; behind the end there are zeros and empty texts.
struct RecordReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func read<Value: BitwiseCopyable>(_ none: Value) -> Value {
        let size = MemoryLayout<Value>.size
        guard position &+ size <= bytes.count else {
            position = bytes.count
            return none
        }
        defer { position &+= size }
        return bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: position, as: Value.self) }
    }

    mutating func readBytes() -> [UInt8] {
        let length = Int(read(UInt16(0)))
        let end = min(bytes.count, position &+ length)
        defer { position = end }
        return Array(bytes[position..<end])
    }

    mutating func readText() -> String { String(decoding: readBytes(), as: UTF8.self) }
}
