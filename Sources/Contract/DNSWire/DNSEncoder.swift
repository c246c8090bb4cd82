extension DNSMessage {
    /// The wire form, with names compressed (RFC 1035 section 4.1.4).
    ///
    /// With a `limit`, records that do not fit whole are left out from the end and the TC bit is set (RFC 2181 section 9:
    /// left-out additionals alone do not set it). The header, the questions and the OPT record always stay.
    package func encoded(limit: Int = 65_535) throws(DNSEncodingError) -> [UInt8] {
        var encoder = DNSEncoder(limit: min(limit, 65_535) - (edns.map { 11 + $0.options.count } ?? 0))
        return try encoder.encode(self)
    }
}

/// A writer of one message; remembers where names stand.
struct DNSEncoder {
    let limit: Int
    private var bytes: [UInt8] = []
    /// Names by their lower-case labels -> offset of their first writing.
    private var offsets: [ArraySlice<[UInt8]>: Int] = [:]

    init(limit: Int) { self.limit = limit }

    mutating func encode(_ message: DNSMessage) throws(DNSEncodingError) -> [UInt8] {
        bytes.reserveCapacity(512)
        uint16(message.id)
        uint16(0)
        for _ in 0..<4 { uint16(0) }
        for question in message.questions {
            name(question.name)
            uint16(question.type.rawValue)
            uint16(question.questionClass)
        }
        let answers = try records(message.answers)
        let authorities =
            answers.complete ? try records(message.authorities) : (written: 0, complete: message.authorities.isEmpty)
        let complete = answers.complete && authorities.complete
        var additionals = complete ? try records(message.additionals).written : 0
        if let edns = message.edns {
            try option(edns, message.responseCode)
            additionals += 1
        }
        let counts = [message.questions.count, answers.written, authorities.written, additionals]
        for (index, count) in counts.enumerated() {
            guard let count = UInt16(exactly: count) else { throw .tooLarge }
            set(count, at: 4 + 2 * index)
        }
        set(flags(of: message, isTruncated: message.isTruncated || !complete), at: 2)
        guard bytes.count <= 65_535 else { throw .tooLarge }
        return bytes
    }

    private func flags(of message: DNSMessage, isTruncated: Bool) -> UInt16 {
        var flags = UInt16(message.operation & 0xF) << 11 | message.responseCode.rawValue & 0xF
        if message.isResponse { flags |= 0x8000 }
        if message.isAuthoritative { flags |= 0x0400 }
        if isTruncated { flags |= 0x0200 }
        if message.isRecursionDesired { flags |= 0x0100 }
        if message.isRecursionAvailable { flags |= 0x0080 }
        if message.isAuthenticData { flags |= 0x0020 }
        if message.isCheckingDisabled { flags |= 0x0010 }
        return flags
    }

    private mutating func records(_ records: [DNSRecord]) throws(DNSEncodingError) -> (written: Int, complete: Bool) {
        for (index, record) in records.enumerated() {
            let start = bytes.count
            let before = offsets
            try self.record(record)
            guard bytes.count <= limit else {
                bytes.removeLast(bytes.count - start)
                offsets = before
                return (index, false)
            }
        }
        return (records.count, true)
    }

    private mutating func record(_ record: DNSRecord) throws(DNSEncodingError) {
        name(record.name)
        uint16(record.data.type.rawValue)
        uint16(record.recordClass)
        uint32(record.timeToLive)
        let length = bytes.count
        uint16(0)
        switch record.data {
        case .a(let address): uint32(address)
        case .aaaa(let address):
            guard address.count == 16 else { throw .invalidRecordData }
            bytes += address
        case .ns(let target), .cname(let target), .ptr(let target): name(target)
        case .txt(let strings):
            for string in strings {
                guard let count = UInt8(exactly: string.count) else { throw .invalidRecordData }
                bytes.append(count)
                bytes += string
            }
        case .soa(let authority):
            name(authority.primary)
            name(authority.responsible)
            for value in [authority.serial, authority.refresh, authority.retry, authority.expire, authority.minimum] {
                uint32(value)
            }
        case .srv(let priority, let weight, let port, let target):
            uint16(priority)
            uint16(weight)
            uint16(port)
            // RFC 2782: the target is not compressed.
            name(target, compressed: false)
        case .opaque(_, let data): bytes += data
        }
        guard let count = UInt16(exactly: bytes.count - length - 2) else { throw .tooLarge }
        set(count, at: length)
    }

    private mutating func option(_ edns: EDNS, _ code: DNSResponseCode) throws(DNSEncodingError) {
        guard let length = UInt16(exactly: edns.options.count) else { throw .tooLarge }
        bytes.append(0)
        uint16(DNSRecordType.opt.rawValue)
        uint16(edns.payloadSize)
        bytes.append(UInt8(truncatingIfNeeded: code.rawValue >> 4))
        bytes.append(edns.version)
        uint16(edns.wantsSignatures ? 0x8000 : 0)
        uint16(length)
        bytes += edns.options
    }

    private mutating func name(_ name: DomainName, compressed: Bool = true) {
        let keys = name.labels.map { $0.map(DomainName.lowercased) }
        for index in name.labels.indices {
            let rest = keys[index...]
            if compressed, let known = offsets[rest] {
                uint16(0xC000 | UInt16(known))
                return
            }
            if bytes.count < 0x4000, offsets[rest] == nil { offsets[rest] = bytes.count }
            bytes.append(UInt8(truncatingIfNeeded: name.labels[index].count))
            bytes += name.labels[index]
        }
        bytes.append(0)
    }

    private mutating func uint16(_ value: UInt16) {
        bytes.append(UInt8(truncatingIfNeeded: value >> 8))
        bytes.append(UInt8(truncatingIfNeeded: value))
    }

    private mutating func uint32(_ value: UInt32) {
        uint16(UInt16(truncatingIfNeeded: value >> 16))
        uint16(UInt16(truncatingIfNeeded: value))
    }

    private mutating func set(_ value: UInt16, at offset: Int) {
        bytes[offset] = UInt8(truncatingIfNeeded: value >> 8)
        bytes[offset + 1] = UInt8(truncatingIfNeeded: value)
    }
}
