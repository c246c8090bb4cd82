/// Why bytes are no DNS message.
package enum DNSDecodingError: Error, Sendable, Hashable {
    /// The message ends inside a field.
    case truncated
    /// A compression pointer that does not point back, or a label of a reserved type (RFC 1035 section 4.1.4).
    case invalidLabel
    /// A name of more than 255 bytes.
    case nameTooLong
    /// RDATA whose length is not that of its type.
    case invalidRecordData
    /// More than one OPT record, or one with a name (RFC 6891 section 6.1.1).
    case invalidEDNS
    /// Bytes after the last record.
    case trailingBytes
}

/// Why a message has no wire form.
package enum DNSEncodingError: Error, Sendable, Hashable {
    /// A section of more than 65,535 records, or record data longer than that.
    case tooLarge
    /// An IPv6 address that is not 16 bytes, or a text string longer than 255.
    case invalidRecordData
}
