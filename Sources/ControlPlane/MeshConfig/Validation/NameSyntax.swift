/// Syntax of names of Kubernetes and Istio; every function says what is wrong with a text, or nil.
enum NameSyntax {
    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }

    /// Whether `text` is alphanumeric at both ends, with `inner` bytes allowed between, 1...`limit` bytes long.
    private static func isName(_ text: some StringProtocol, inner: [UInt8], limit: Int) -> Bool {
        let bytes = text.utf8
        guard let first = bytes.first, bytes.count <= limit, isAlphanumeric(first) else { return false }
        guard let last = Array(bytes).last, isAlphanumeric(last) else { return false }
        return bytes.allSatisfy { isAlphanumeric($0) || inner.contains($0) }
    }

    /// A DNS label of RFC 1123 in any case, at most 63 bytes.
    static func isDNSLabel(_ text: some StringProtocol) -> Bool {
        isName(text, inner: [0x2D], limit: 63)
    }

    /// A lower-case DNS label, as names of namespaces and ports are.
    static func label(_ text: some StringProtocol) -> String? {
        isDNSLabel(text) && text.utf8.allSatisfy { !(0x41...0x5A).contains($0) }
            ? nil
            : "\(String(text).quotedForMessage) is not a DNS label: lower-case letters, digits and `-`, at most 63"
    }

    /// A lower-case DNS subdomain of RFC 1123, as names of objects are, at most 253 bytes.
    static func subdomain(_ text: String) -> String? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return text.utf8.count <= 253 && parts.allSatisfy { label($0) == nil }
            ? nil
            : "\(text.quotedForMessage) is not a name: lower-case letters, digits, `-` and `.`, at most 253"
    }

    /// A label key of Kubernetes: optional DNS prefix with `/`, then at most 63 of letters, digits, `-_.`.
    static func labelKey(_ text: String) -> String? {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let name = parts.last, isName(name, inner: [0x2D, 0x5F, 0x2E], limit: 63),
            parts.count == 1 || subdomain(String(parts[0]).lowercased()) == nil
        else { return "\(text.quotedForMessage) is not a label name: [prefix/]name of letters, digits, `-`, `_`, `.`" }
        return nil
    }

    /// A label value of Kubernetes: empty, or at most 63 of letters, digits, `-_.`.
    static func labelValue(_ text: String) -> String? {
        text.isEmpty || isName(text, inner: [0x2D, 0x5F, 0x2E], limit: 63)
            ? nil
            : "\(text.quotedForMessage) is not a label value: at most 63 letters, digits, `-`, `_`, `.`"
    }

    /// A header name: a token of RFC 9110 section 5.6.2.
    static func headerName(_ text: String) -> String? {
        let others = Array("!#$%&'*+-.^_`|~".utf8)
        return !text.isEmpty && text.utf8.allSatisfy { isAlphanumeric($0) || others.contains($0) }
            ? nil : "\(text.quotedForMessage) is not a header name"
    }
}
