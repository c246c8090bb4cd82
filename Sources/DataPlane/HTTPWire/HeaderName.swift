/// A header name made ready at configuration time: lower-case bytes and the known header they name, if any.
///
/// `host` and `:authority` are one header, as in Envoy.
package struct HeaderName: Hashable, Sendable {
    /// The name in lower case.
    package let bytes: ContiguousArray<UInt8>
    /// The known header, or `other`.
    package let known: KnownHeader

    /// Folds `name` to lower case and looks it up; it does not check the syntax of a field name.
    package init(_ name: String) {
        let folded = ContiguousArray(name.utf8.map(lowercase))
        known = folded.withUnsafeBytes { KnownHeader(lowercased: $0) }
        // Two spellings of one header must be equal as keys.
        bytes = known == .other ? folded : ContiguousArray(known.name.bytes)
    }

    package init(_ known: KnownHeader) {
        bytes = ContiguousArray(known.name.bytes)
        self.known = known
    }

    /// True if the name is an RFC 9110 token or one of the pseudo-headers.
    package var isValid: Bool {
        if known != .other { return true }
        return !bytes.isEmpty && bytes.allSatisfy { ByteClass.isToken($0) }
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(bytes)
    }
}

extension HeaderName: CustomStringConvertible {
    package var description: String { String(decoding: bytes, as: UTF8.self) }
}
