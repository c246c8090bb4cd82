package import NIOCore

/// Answers the operators of an access-log format for one finished request; generic, hence free of existentials.
///
/// A format asks for each value at most once per mention. Text appends its bytes to the buffer and returns true, or
/// returns false and appends nothing if there is no value.
package protocol AccessLogRecord {
    /// When the request began, in milliseconds since 1970-01-01T00:00:00Z.
    var startTimeMilliseconds: Int64 { get }
    var flags: ResponseFlags { get }
    /// The order in which flags are printed; as a request gets them unless a record says otherwise.
    var printedFlags: [ResponseFlag] { get }

    /// Appends the value of a request header, by lower-case name; `:method`, `:path`, `:authority`, `:scheme` too.
    func writeRequestHeader(_ name: String, into buffer: inout ByteBuffer) -> Bool
    func writeResponseHeader(_ name: String, into buffer: inout ByteBuffer) -> Bool
    func writeResponseTrailer(_ name: String, into buffer: inout ByteBuffer) -> Bool
    /// Appends a value of dynamic metadata, by namespace and keys: a text as it is, anything else as JSON; with `asJSON` a
    /// text too.
    func writeMetadata(_ path: [ContiguousArray<UInt8>], asJSON: Bool, into buffer: inout ByteBuffer) -> Bool
    /// A numeric operator (`isNumber`); nil if there is no value.
    func number(_ field: AccessLogOperator) -> UInt64?
    /// Any other operator.
    func writeText(_ field: AccessLogOperator, into buffer: inout ByteBuffer) -> Bool
}

extension AccessLogRecord {
    package var printedFlags: [ResponseFlag] { ResponseFlags.printed }
}

extension AccessLogFormat {
    /// Appends the line of one request.
    package func render<Record: AccessLogRecord>(_ record: Record, into buffer: inout ByteBuffer) {
        for segment in segments {
            switch segment {
            case .literal(let bytes): buffer.writeBytes(bytes)
            // Whatever its type, JSON keeps it; cut it would be none.
            case .field(.dynamicMetadata(let path), nil, .json):
                if !record.writeMetadata(path, asJSON: true, into: &buffer) { buffer.writeStaticString("null") }
            case .field(let field, let limit, let quoting):
                let start = buffer.writerIndex
                if quoting == .json, !field.isNumber { buffer.writeInteger(0x22 as UInt8) }
                let valueStart = buffer.writerIndex
                if Self.write(field, record, into: &buffer) {
                    if let limit, !field.isNumber, buffer.writerIndex - valueStart > limit {
                        buffer.moveWriterIndex(to: valueStart + limit)
                    }
                    if !field.isNumber { Self.escape(from: valueStart, quoting, in: &buffer) }
                    if quoting == .json, !field.isNumber { buffer.writeInteger(0x22 as UInt8) }
                } else {
                    buffer.moveWriterIndex(to: start)
                    if quoting == .json { buffer.writeStaticString("null") } else { buffer.writeStaticString("-") }
                }
            }
        }
    }

    private static func write<Record: AccessLogRecord>(
        _ field: AccessLogOperator,
        _ record: Record,
        into buffer: inout ByteBuffer
    ) -> Bool {
        switch field {
        case .startTime:
            AccessLogTimestamp(millisecondsSinceEpoch: record.startTimeMilliseconds).write(into: &buffer)
            return true
        case .responseFlags:
            writeFlags(record, into: &buffer)
            return true
        case .requestHeader(let name, let alternative):
            if record.writeRequestHeader(name, into: &buffer) { return true }
            return alternative.map { record.writeRequestHeader($0, into: &buffer) } ?? false
        case .responseHeader(let name, let alternative):
            if record.writeResponseHeader(name, into: &buffer) { return true }
            return alternative.map { record.writeResponseHeader($0, into: &buffer) } ?? false
        case .responseTrailer(let name, let alternative):
            if record.writeResponseTrailer(name, into: &buffer) { return true }
            return alternative.map { record.writeResponseTrailer($0, into: &buffer) } ?? false
        case .dynamicMetadata(let path): return record.writeMetadata(path, asJSON: false, into: &buffer)
        case _ where field.isNumber:
            guard let number = record.number(field) else { return false }
            buffer.writeDecimal(number)
            return true
        default:
            return record.writeText(field, into: &buffer)
        }
    }

    private static func writeFlags<Record: AccessLogRecord>(_ record: Record, into buffer: inout ByteBuffer) {
        let flags = record.flags
        guard !flags.isEmpty else {
            buffer.writeStaticString("-")
            return
        }
        var isFirst = true
        for flag in record.printedFlags where flags.contains(flag) {
            if !isFirst { buffer.writeStaticString(",") }
            buffer.writeStaticString(flag.shortName)
            isFirst = false
        }
    }

    /// Escapes what was just appended, if it needs it: a header may hold quotes and, in TEXT, must not break the line.
    private static func escape(from start: Int, _ quoting: Quoting, in buffer: inout ByteBuffer) {
        let length = buffer.writerIndex - start
        guard length > 0, let slice = buffer.getSlice(at: start, length: length) else { return }
        let needsIt = slice.withUnsafeReadableBytes { bytes in
            bytes.contains { $0 < 0x20 || $0 == 0x7F || (quoting != .none && ($0 == 0x22 || $0 == 0x5C || $0 >= 0x80)) }
        }
        guard needsIt else { return }
        var escaped = ByteBuffer()
        slice.withUnsafeReadableBytes { JSONText.write($0, into: &escaped) }
        buffer.moveWriterIndex(to: start)
        buffer.writeBuffer(&escaped)
    }
}
