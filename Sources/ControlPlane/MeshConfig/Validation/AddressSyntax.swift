#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// Syntax of IP addresses; functions that return text say what is wrong, or nil.
enum AddressSyntax {
    /// Whether `text` is an IPv4 address in dotted decimal.
    static func isIPv4(_ text: String) -> Bool {
        var address = in_addr()
        return inet_pton(AF_INET, text, &address) == 1
    }

    /// Whether `text` is an IPv6 address without brackets or zone.
    static func isIPv6(_ text: String) -> Bool {
        var address = in6_addr()
        return inet_pton(AF_INET6, text, &address) == 1
    }

    /// Whether `text` is an IP address.
    static func isAddress(_ text: String) -> Bool {
        isIPv4(text) || isIPv6(text)
    }

    /// An IP address.
    static func address(_ text: String) -> String? {
        isAddress(text) ? nil : "\(text.quotedForMessage) is not an IP address"
    }

    /// An IP address with an optional prefix length.
    static func subnet(_ text: String) -> String? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard let host = parts.first, parts.count <= 2, isAddress(host) else {
            return "\(text.quotedForMessage) is not an IP address or CIDR"
        }
        guard parts.count == 2 else { return nil }
        let longest = isIPv4(host) ? 32 : 128
        guard let length = Int(parts[1]), (0...longest).contains(length) else {
            return "\(text.quotedForMessage): the prefix length must be within 0...\(longest)"
        }
        return nil
    }
}
