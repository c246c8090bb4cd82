import Glibc

/// Memory that C reads during one call; freed with this object.
final class CMemory {
    private var blocks: [UnsafeMutableRawPointer] = []

    deinit { for block in blocks { block.deallocate() } }

    /// The bytes up to the first NUL, and a NUL.
    func string(_ text: String) -> UnsafePointer<CChar> {
        let bytes = text.utf8.prefix { $0 != 0 }
        let block = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count + 1, alignment: 1)
        block.copyBytes(from: bytes)
        block[bytes.count] = 0
        let start = block.baseAddress ?? UnsafeMutableRawPointer.allocate(byteCount: 1, alignment: 1)
        blocks.append(start)
        return UnsafePointer(start.bindMemory(to: CChar.self, capacity: bytes.count + 1))
    }

    /// Ends with NULL.
    func strings(_ texts: [String]) -> UnsafePointer<UnsafePointer<CChar>?> {
        array(texts.map { Optional(string($0)) } + [nil])
    }

    func array<Element: BitwiseCopyable>(_ elements: [Element]) -> UnsafePointer<Element> {
        let block = UnsafeMutablePointer<Element>.allocate(capacity: max(1, elements.count))
        for (index, element) in elements.enumerated() { (block + index).initialize(to: element) }
        blocks.append(UnsafeMutableRawPointer(block))
        return UnsafePointer(block)
    }
}
