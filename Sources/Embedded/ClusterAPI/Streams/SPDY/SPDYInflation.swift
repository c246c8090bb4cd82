import CZlib

/// What is wrong with a header block; the connection cannot go on, its compression is shared by all streams.
enum SPDYHeaderError: Error, Equatable {
    case notCompressed
    case tooLarge
    case malformed
}

/// The zlib stream of one direction in which header blocks arrive.
struct SPDYInflation: ~Copyable {
    private let stream: UnsafeMutablePointer<z_stream>
    private let isUsable: Bool

    init() {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        isUsable = inflateInit_(stream, ZLIB_VERSION, CInt(MemoryLayout<z_stream>.size)) == Z_OK
    }

    deinit {
        inflateEnd(stream)
        stream.deinitialize(count: 1)
        stream.deallocate()
    }

    /// The block's bytes, at most `limit` of them.
    mutating func inflate(_ block: [UInt8], limit: Int) throws(SPDYHeaderError) -> [UInt8] {
        guard isUsable, let size = UInt32(exactly: block.count) else { throw .notCompressed }
        var block = block
        var result: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        var remaining = size
        while true {
            let offset = block.count - Int(remaining)
            var produced = 0
            let code = block.withUnsafeMutableBufferPointer { input in
                chunk.withUnsafeMutableBufferPointer { output in
                    stream.pointee.next_in = input.baseAddress.map { $0 + offset }
                    stream.pointee.avail_in = remaining
                    stream.pointee.next_out = output.baseAddress
                    stream.pointee.avail_out = UInt32(output.count)
                    let code = CZlib.inflate(stream, Z_SYNC_FLUSH)
                    remaining = stream.pointee.avail_in
                    produced = output.count - Int(stream.pointee.avail_out)
                    // The buffers end with this scope.
                    stream.pointee.next_in = nil
                    stream.pointee.avail_in = 0
                    stream.pointee.next_out = nil
                    stream.pointee.avail_out = 0
                    return code
                }
            }
            result.append(contentsOf: chunk.prefix(produced))
            guard result.count <= limit else { throw .tooLarge }
            switch code {
            case Z_OK:
                if remaining == 0, produced < chunk.count { return result }
            case Z_BUF_ERROR where remaining == 0:
                return result
            case Z_NEED_DICT:
                let words = SPDYDictionary.bytes
                guard inflateSetDictionary(stream, words, UInt32(words.count)) == Z_OK else { throw .notCompressed }
            default:
                throw .notCompressed
            }
        }
    }
}

/// The zlib stream of one direction in which header blocks are sent.
struct SPDYDeflation: ~Copyable {
    private let stream: UnsafeMutablePointer<z_stream>
    private let isUsable: Bool

    init() {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        let words = SPDYDictionary.bytes
        isUsable =
            deflateInit_(stream, Z_BEST_SPEED, ZLIB_VERSION, CInt(MemoryLayout<z_stream>.size)) == Z_OK
            && deflateSetDictionary(stream, words, UInt32(words.count)) == Z_OK
    }

    deinit {
        deflateEnd(stream)
        stream.deinitialize(count: 1)
        stream.deallocate()
    }

    /// The compressed block, flushed so that the other end can read it alone; empty when zlib has no memory.
    mutating func deflate(_ block: [UInt8]) -> [UInt8] {
        guard isUsable, let size = UInt32(exactly: block.count) else { return [] }
        var block = block
        var result: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1024)
        var remaining = size
        while true {
            let offset = block.count - Int(remaining)
            var produced = 0
            let code = block.withUnsafeMutableBufferPointer { input in
                chunk.withUnsafeMutableBufferPointer { output in
                    stream.pointee.next_in = input.baseAddress.map { $0 + offset }
                    stream.pointee.avail_in = remaining
                    stream.pointee.next_out = output.baseAddress
                    stream.pointee.avail_out = UInt32(output.count)
                    let code = CZlib.deflate(stream, Z_SYNC_FLUSH)
                    remaining = stream.pointee.avail_in
                    produced = output.count - Int(stream.pointee.avail_out)
                    stream.pointee.next_in = nil
                    stream.pointee.avail_in = 0
                    stream.pointee.next_out = nil
                    stream.pointee.avail_out = 0
                    return code
                }
            }
            result.append(contentsOf: chunk.prefix(produced))
            guard code == Z_OK, produced == chunk.count else { return result }
        }
    }
}
