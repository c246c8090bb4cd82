package import NIOCore

extension ByteBuffer {
    /// Writes a request head as HTTP/1.1 with lower-case names, `head.framing` as its only framing
    /// and `connection: close` unless `head.keepAlive`.
    package mutating func writeRequestHead(_ head: borrowing RequestHead) {
        let headers = head.headers
        // CONNECT writes its authority as the target and as `host`.
        let target = head.path ?? head.authority ?? ByteRange(0, 0)
        let bound = headers.writtenBytes &+ target.count &+ HeadCursor.framingReserve
        writeWithUnsafeMutableBytes(minimumWritableBytes: bound) { memory in
            var cursor = HeadCursor(memory)
            headers.storage.withUnsafeBytes { storage in
                cursor.write(storage, headers.value(of: .method) ?? ByteRange(0, 0))
                cursor.write(" ")
                cursor.write(storage, target)
                cursor.write(" HTTP/1.1\r\n")
                cursor.writeFields(headers, storage: storage, framing: head.framing)
            }
            cursor.writeFraming(head.framing)
            if !head.keepAlive { cursor.write("connection: close\r\n") }
            cursor.write("\r\n")
            return cursor.written
        }
    }

    /// Writes a response head in the client's version with the framing of `head.framing`.
    ///
    /// `framing` `none` keeps a `content-length` field, which answers to HEAD and 304 carry; a reply without a body to
    /// any other request must say `length(0)`.
    package mutating func writeResponseHead(_ head: borrowing ResponseHead, version: HTTPVersion = .http1_1) {
        let headers = head.headers
        let reason = ResponseHead.reasonPhrase(head.status)
        let bound = headers.writtenBytes &+ HeadCursor.framingReserve &+ reason.utf8CodeUnitCount
        let status = head.status
        writeWithUnsafeMutableBytes(minimumWritableBytes: bound) { memory in
            var cursor = HeadCursor(memory)
            cursor.write(version == .http1_1 ? "HTTP/1.1 " : "HTTP/1.0 ")
            cursor.write(decimal: UInt64(status))
            cursor.write(" ")
            cursor.write(reason)
            cursor.write("\r\n")
            headers.storage.withUnsafeBytes { storage in
                cursor.writeFields(headers, storage: storage, framing: head.framing)
            }
            if status >= 200, status != 204 { cursor.writeFraming(head.framing) }
            if !head.keepAlive {
                cursor.write("connection: close\r\n")
            } else if version == .http1_0 {
                cursor.write("connection: keep-alive\r\n")
            }
            cursor.write("\r\n")
            return cursor.written
        }
    }

    /// Writes the line that opens a chunk of `length` bytes; nothing for 0, which would end the body.
    package mutating func writeChunkStart(length: Int) {
        guard length > 0 else { return }
        writeWithUnsafeMutableBytes(minimumWritableBytes: 18) { target in
            var cursor = HeadCursor(target)
            cursor.write(hexadecimal: UInt64(length))
            cursor.write("\r\n")
            return cursor.written
        }
    }

    /// Writes the end of a chunk's data.
    package mutating func writeChunkEnd() { writeStaticString("\r\n") }

    /// Writes the last chunk without trailers.
    package mutating func writeLastChunk() { writeStaticString("0\r\n\r\n") }

    /// Writes the last chunk and the trailer section.
    package mutating func writeLastChunk(trailers: borrowing HeaderBlock) {
        let trailers = copy trailers
        writeWithUnsafeMutableBytes(minimumWritableBytes: trailers.writtenBytes &+ 8) { target in
            var cursor = HeadCursor(target)
            cursor.write("0\r\n")
            trailers.storage.withUnsafeBytes { storage in
                cursor.writeFields(trailers, storage: storage, framing: .chunked)
            }
            cursor.write("\r\n")
            return cursor.written
        }
    }
}

extension HeaderBlock {
    /// An upper bound of the bytes its lines and start line take.
    var writtenBytes: Int {
        var total = 0
        for index in fields.indices {
            total &+= Int(fields[index].nameLength) &+ Int(fields[index].valueLength) &+ 4
        }
        return total
    }
}
