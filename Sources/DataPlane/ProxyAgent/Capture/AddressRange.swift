#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// An address range as iptables takes it.
package struct AddressRange: Sendable, Equatable {
    /// `ADDRESS/LENGTH`.
    package var text: String
    package var isIPv6: Bool

    init(text: String, isIPv6: Bool) {
        self.text = text
        self.isIPv6 = isIPv6
    }

    /// Reads an address or a CIDR; nil for anything else. An address alone is a range of one.
    package init?(_ written: String) {
        let parts = written.split(separator: "/", omittingEmptySubsequences: false)
        guard let address = parts.first.map(String.init), parts.count <= 2 else { return nil }
        var bytes = in6_addr()
        let isIPv6 = inet_pton(AF_INET6, address, &bytes) == 1
        guard isIPv6 || inet_pton(AF_INET, address, &bytes) == 1 else { return nil }
        let bits: UInt8 = isIPv6 ? 128 : 32
        var length = bits
        if parts.count == 2 {
            guard let given = UInt8(parts[1]), given <= bits else { return nil }
            length = given
        }
        self.init(text: "\(address)/\(length)", isIPv6: isIPv6)
    }

    /// The address without the length.
    package var address: String { String(text.prefix { $0 != "/" }) }

    var isLoopback: Bool { text.hasPrefix("127.") || text.hasPrefix("::1/") }

    /// The `nameserver` lines of a resolv.conf; zones of link-local addresses and lines that are none are left out.
    package static func nameServers(ofResolvConf text: String) -> [AddressRange] {
        text.split(whereSeparator: \.isNewline).compactMap { line in
            let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
            guard words.count >= 2, words[0] == "nameserver" else { return nil }
            return AddressRange(String(words[1]))
        }
    }
}
