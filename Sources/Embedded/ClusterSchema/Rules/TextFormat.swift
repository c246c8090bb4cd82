import KubernetesAPI

/// The formats of texts that schemas name, and the syntax of Kubernetes' names and labels.
enum TextFormat {
    /// What is wrong with the text; nil when nothing is, or nobody knows the format.
    static func problem(_ text: String, format: String) -> String? {
        switch format {
        case "dns-label": text.isEmpty ? nil : dnsLabelProblem(text)
        case "port-name": text.isEmpty ? nil : portNameProblem(text)
        case "date-time": Timestamp(text)?.seconds == nil ? "is not an RFC 3339 time" : nil
        case "byte": isBase64(text) ? nil : "is not base64"
        case "ipv4": isIPv4(text[...]) ? nil : "is not an IPv4 address"
        case "ipv6": isIPv6(text[...]) ? nil : "is not an IPv6 address"
        case "date": text.utf8.count == 10 && Timestamp(text + "T00:00:00Z")?.seconds != nil ? nil : "is not a date"
        case "uuid": isUUID(text) ? nil : "is not a UUID"
        default: nil
        }
    }

    private static func isLower(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte) }
    private static func isUpper(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte) }
    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    static func dnsLabelProblem(_ text: String) -> String? {
        if text.utf8.count > 63 { return "must be no more than 63 bytes" }
        return isDNSLabel(text[...])
            ? nil
            : "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start "
                + "and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
                + "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
    }

    static func dns1035LabelProblem(_ text: String) -> String? {
        if text.utf8.count > 63 { return "must be no more than 63 bytes" }
        if isDNSLabel(text[...]), let first = text.utf8.first, isLower(first) { return nil }
        return "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic "
            + "character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for "
            + "validation is '[a-z]([-a-z0-9]*[a-z0-9])?')"
    }

    static func dnsSubdomainProblem(_ text: String) -> String? {
        if text.utf8.count > 253 { return "must be no more than 253 bytes" }
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        return labels.allSatisfy(isDNSLabel)
            ? nil
            : "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must "
                + "start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
                + "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
    }

    private static func isDNSLabel(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, let last = text.utf8.last, isLower(first) || isDigit(first),
            isLower(last) || isDigit(last)
        else { return false }
        return text.utf8.allSatisfy { isLower($0) || isDigit($0) || $0 == UInt8(ascii: "-") }
    }

    static func portNameProblem(_ text: String) -> String? {
        if text.utf8.count > 15 { return "must be no more than 15 characters" }
        guard isDNSLabel(text[...]) else {
            return "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)"
        }
        return text.utf8.contains(where: isLower) ? nil : "must contain at least one letter (a-z)"
    }

    /// `[prefix/]name` of labels and annotations.
    static func qualifiedNameProblem(_ text: String) -> String? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let name = parts.last else {
            return "a qualified name must consist of an optional DNS subdomain, '/', and a name"
        }
        if parts.count == 2 {
            if parts[0].isEmpty { return "prefix part must be non-empty" }
            if let problem = dnsSubdomainProblem(String(parts[0])) { return "prefix part \(problem)" }
        }
        if name.isEmpty { return "name part must be non-empty" }
        if name.utf8.count > 63 { return "name part must be no more than 63 bytes" }
        return isLabelText(name)
            ? nil
            : "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
                + "alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
                + "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
    }

    static func labelValueProblem(_ text: String) -> String? {
        if text.isEmpty { return nil }
        if text.utf8.count > 63 { return "must be no more than 63 bytes" }
        return isLabelText(text[...])
            ? nil
            : "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must "
                + "start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex "
                + "used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
    }

    private static func isLabelText(_ text: Substring) -> Bool {
        func isWord(_ byte: UInt8) -> Bool { isLower(byte) || isUpper(byte) || isDigit(byte) }
        guard let first = text.utf8.first, let last = text.utf8.last, isWord(first), isWord(last) else { return false }
        return text.utf8.allSatisfy { isWord($0) || $0 == 0x2D || $0 == 0x5F || $0 == 0x2E }
    }

    static func isBase64(_ text: String) -> Bool {
        let bytes = text.utf8.filter { $0 != 0x0A && $0 != 0x0D }
        guard bytes.count % 4 == 0 else { return false }
        let padding = bytes.reversed().prefix { $0 == UInt8(ascii: "=") }.count
        return padding <= 2
            && bytes.dropLast(padding).allSatisfy {
                isLower($0) || isUpper($0) || isDigit($0) || $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "/")
            }
    }

    static func isIPv4(_ text: Substring) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4
            && parts.allSatisfy { part in
                part.utf8.allSatisfy(isDigit) && UInt8(part) != nil && (part == "0" || !part.hasPrefix("0"))
            }
    }

    static func isIPv6(_ text: Substring) -> Bool {
        guard text.contains(":"), !text.contains(":::") else { return false }
        var groups = text.split(separator: ":", omittingEmptySubsequences: true)
        var count = groups.count
        if let last = groups.last, last.contains(".") {
            guard isIPv4(last) else { return false }
            groups.removeLast()
            count += 1
        }
        guard groups.allSatisfy({ $0.utf8.count <= 4 && UInt16($0, radix: 16) != nil }) else { return false }
        let isShort = text.contains("::")
        return isShort ? count < 8 : count == 8 && !text.hasPrefix(":") && !text.hasSuffix(":")
    }

    private static func isUUID(_ text: String) -> Bool {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        return parts.map(\.utf8.count) == [8, 4, 4, 4, 12]
            && parts.allSatisfy { part in
                part.utf8.allSatisfy { isDigit($0) || (0x61...0x66).contains($0) || (0x41...0x46).contains($0) }
            }
    }
}
