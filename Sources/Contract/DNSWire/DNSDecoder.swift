extension DNSMessage {
    /// Reads one whole message; every byte must belong to it.
    ///
    /// A compression pointer must point before the name it stands in, so decoding always ends.
    package init(decoding bytes: some Sequence<UInt8>) throws(DNSDecodingError) {
        var decoder = DNSDecoder(bytes: Array(bytes))
        self = try decoder.message()
    }

    /// The id and operation of a message that may be otherwise broken, to answer FORMERR; nil when it is too short or is
    /// itself a response.
    package static func header(ofBroken bytes: some Sequence<UInt8>) -> DNSMessage? {
        let header = Array(bytes.prefix(12))
        guard header.count == 12, header[2] & 0x80 == 0 else { return nil }
        var message = DNSMessage(id: UInt16(header[0]) << 8 | UInt16(header[1]))
        message.operation = header[2] >> 3 & 0xF
        message.isRecursionDesired = header[2] & 1 != 0
        return message
    }
}

/// A reader over the bytes of one message; knows where it stands.
struct DNSDecoder {
    let bytes: [UInt8]
    var offset = 0

    mutating func message() throws(DNSDecodingError) -> DNSMessage {
        var message = DNSMessage(id: try uint16())
        let flags = try uint16()
        message.isResponse = flags & 0x8000 != 0
        message.operation = UInt8(flags >> 11 & 0xF)
        message.isAuthoritative = flags & 0x0400 != 0
        message.isTruncated = flags & 0x0200 != 0
        message.isRecursionDesired = flags & 0x0100 != 0
        message.isRecursionAvailable = flags & 0x0080 != 0
        message.isAuthenticData = flags & 0x0020 != 0
        message.isCheckingDisabled = flags & 0x0010 != 0
        var code = flags & 0xF
        let counts = (try uint16(), try uint16(), try uint16(), try uint16())
        for _ in 0..<counts.0 {
            let name = try name()
            message.questions.append(
                DNSQuestion(name, DNSRecordType(rawValue: try uint16()), questionClass: try uint16())
            )
        }
        for _ in 0..<counts.1 { message.answers.append(try record()) }
        for _ in 0..<counts.2 { message.authorities.append(try record()) }
        for _ in 0..<counts.3 {
            let record = try record()
            guard case .opaque(.opt, let options) = record.data else {
                message.additionals.append(record)
                continue
            }
            guard message.edns == nil, record.name == .root else { throw .invalidEDNS }
            code |= UInt16(record.timeToLive >> 24) << 4
            message.edns = EDNS(
                payloadSize: record.recordClass,
                version: UInt8(truncatingIfNeeded: record.timeToLive >> 16),
                wantsSignatures: record.timeToLive & 0x8000 != 0,
                options: options
            )
        }
        guard offset == bytes.count else { throw .trailingBytes }
        message.responseCode = DNSResponseCode(rawValue: code)
        return message
    }

    private mutating func uint8() throws(DNSDecodingError) -> UInt8 {
        guard offset < bytes.count else { throw .truncated }
        defer { offset += 1 }
        return bytes[offset]
    }

    private mutating func uint16() throws(DNSDecodingError) -> UInt16 {
        let high = try uint8()
        return UInt16(high) << 8 | UInt16(try uint8())
    }

    private mutating func uint32() throws(DNSDecodingError) -> UInt32 {
        let high = try uint16()
        return UInt32(high) << 16 | UInt32(try uint16())
    }

    private mutating func take(_ count: Int) throws(DNSDecodingError) -> [UInt8] {
        guard count <= bytes.count - offset else { throw .truncated }
        defer { offset += count }
        return Array(bytes[offset..<(offset + count)])
    }

    mutating func name() throws(DNSDecodingError) -> DomainName {
        var labels: [[UInt8]] = []
        var length = 1
        var position = offset
        // Where reading goes on after the name; set at the first jump.
        var after: Int?
        // Every jump goes below the one before it.
        var bound = offset
        while true {
            guard position < bytes.count else { throw .truncated }
            let count = Int(bytes[position])
            switch count {
            case 0:
                offset = after ?? position + 1
                guard let name = DomainName(labels: labels) else { throw .nameTooLong }
                return name
            case 1...63:
                guard count < bytes.count - position else { throw .truncated }
                length += count + 1
                guard length <= 255 else { throw .nameTooLong }
                labels.append(Array(bytes[(position + 1)...(position + count)]))
                position += count + 1
            case 0xC0...0xFF:
                guard position + 1 < bytes.count else { throw .truncated }
                let target = (count & 0x3F) << 8 | Int(bytes[position + 1])
                guard target < bound else { throw .invalidLabel }
                if after == nil { after = position + 2 }
                bound = target
                position = target
            default: throw .invalidLabel
            }
        }
    }

    private mutating func record() throws(DNSDecodingError) -> DNSRecord {
        let name = try name()
        let type = DNSRecordType(rawValue: try uint16())
        let recordClass = try uint16()
        let timeToLive = try uint32()
        let length = Int(try uint16())
        guard length <= bytes.count - offset else { throw .truncated }
        let end = offset + length
        let data = try data(of: type, length: length, end: end)
        guard offset == end else { throw .invalidRecordData }
        return DNSRecord(name, timeToLive: timeToLive, data, recordClass: recordClass)
    }

    private mutating func data(
        of type: DNSRecordType,
        length: Int,
        end: Int
    ) throws(DNSDecodingError) -> DNSRecordData {
        // A response to a dynamic update (RFC 2136) may carry records without data.
        if length == 0, type != .txt { return .opaque(type, []) }
        switch type {
        case .a:
            guard length == 4 else { throw .invalidRecordData }
            return .a(try uint32())
        case .aaaa:
            guard length == 16 else { throw .invalidRecordData }
            return .aaaa(try take(16))
        case .ns: return .ns(try name())
        case .cname: return .cname(try name())
        case .ptr: return .ptr(try name())
        case .txt:
            var strings: [[UInt8]] = []
            while offset < end {
                let count = Int(try uint8())
                guard count <= end - offset else { throw .invalidRecordData }
                strings.append(try take(count))
            }
            return .txt(strings)
        case .soa:
            return .soa(
                DNSStartOfAuthority(
                    primary: try name(),
                    responsible: try name(),
                    serial: try uint32(),
                    refresh: try uint32(),
                    retry: try uint32(),
                    expire: try uint32(),
                    minimum: try uint32()
                )
            )
        case .srv:
            return .srv(priority: try uint16(), weight: try uint16(), port: try uint16(), target: try name())
        default: return .opaque(type, try take(length))
        }
    }
}
