/// One resource record (RFC 1035 section 4.1.3); of an OPT record see ``DNSMessage/edns``.
package struct DNSRecord: Sendable, Hashable {
    package var name: DomainName
    /// The CLASS: 1 is the Internet.
    package var recordClass: UInt16
    /// Seconds.
    package var timeToLive: UInt32
    package var data: DNSRecordData

    package init(_ name: DomainName, timeToLive: UInt32, _ data: DNSRecordData, recordClass: UInt16 = 1) {
        self.name = name
        self.recordClass = recordClass
        self.timeToLive = timeToLive
        self.data = data
    }
}

/// What a record says, by its type.
package enum DNSRecordData: Sendable, Hashable {
    /// Network byte order in memory: the first byte of the dotted form is the highest of the number.
    case a(UInt32)
    /// 16 bytes; others are refused by the encoder.
    case aaaa([UInt8])
    case ns(DomainName)
    case cname(DomainName)
    case ptr(DomainName)
    /// Each string at most 255 bytes.
    case txt([[UInt8]])
    case soa(DNSStartOfAuthority)
    /// RFC 2782.
    case srv(priority: UInt16, weight: UInt16, port: UInt16, target: DomainName)
    /// RDATA as it came; names in it are not decompressed (RFC 3597).
    case opaque(DNSRecordType, [UInt8])

    package var type: DNSRecordType {
        switch self {
        case .a: .a
        case .aaaa: .aaaa
        case .ns: .ns
        case .cname: .cname
        case .ptr: .ptr
        case .txt: .txt
        case .soa: .soa
        case .srv: .srv
        case .opaque(let type, _): type
        }
    }
}

/// RFC 1035 section 3.3.13; times are seconds.
package struct DNSStartOfAuthority: Sendable, Hashable {
    package var primary: DomainName
    /// The mailbox with its `@` as a dot.
    package var responsible: DomainName
    package var serial: UInt32
    package var refresh: UInt32
    package var retry: UInt32
    package var expire: UInt32
    /// How long a negative answer may be remembered (RFC 2308).
    package var minimum: UInt32

    package init(
        primary: DomainName,
        responsible: DomainName,
        serial: UInt32,
        refresh: UInt32,
        retry: UInt32,
        expire: UInt32,
        minimum: UInt32
    ) {
        self.primary = primary
        self.responsible = responsible
        self.serial = serial
        self.refresh = refresh
        self.retry = retry
        self.expire = expire
        self.minimum = minimum
    }
}
