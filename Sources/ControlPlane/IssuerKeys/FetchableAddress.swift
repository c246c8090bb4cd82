#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Addresses that keys may be fetched from.
///
/// The URL is chosen by whoever may write a RequestAuthentication, so it must not lead to what only the control plane can
/// reach: its own loopback, the link, and the metadata services of clouds. Private ranges are allowed, where issuers of a
/// mesh commonly are.
package enum FetchableAddress {
    /// Metadata services outside the link-local ranges.
    private static let metadata: Set<String> = ["100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254"]

    /// Whether a host is an address rather than a name.
    static func isAddress(_ host: String) -> Bool { v4(host) != nil || v6(host) != nil }

    /// Why an IP address is refused; nil when it is not.
    package static func reason(against address: String) -> String? {
        if let bytes = v4(address) { return reason(againstV4: bytes, address) }
        guard let bytes = v6(address) else { return "\(address) is not an IP address" }
        if let inner = embedded(bytes) {
            return reason(againstV4: inner, inner.map { String($0) }.joined(separator: "."))
        }
        if bytes.dropLast().allSatisfy({ $0 == 0 }), bytes[15] <= 1 { return "\(address) is a loopback address" }
        if bytes[0] == 0xFE, bytes[1] & 0xC0 == 0x80 { return "\(address) is a link-local address" }
        if bytes[0] == 0xFF { return "\(address) is a multicast address" }
        if metadata.contains(where: { v6($0) == bytes }) { return "\(address) is a metadata service" }
        return nil
    }

    private static func reason(againstV4 bytes: [UInt8], _ address: String) -> String? {
        if bytes[0] == 127 || bytes[0] == 0 { return "\(address) is a loopback address" }
        if bytes[0] == 169, bytes[1] == 254 { return "\(address) is a link-local address" }
        if bytes[0] >= 224 { return "\(address) is a multicast or reserved address" }
        return metadata.contains(address) ? "\(address) is a metadata service" : nil
    }

    /// The IPv4 address within an IPv6 one: mapped, compatible, NAT64 or 6to4.
    private static func embedded(_ bytes: [UInt8]) -> [UInt8]? {
        let isMapped = bytes[..<10].allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
        let isCompatible = bytes[..<12].allSatisfy { $0 == 0 } && bytes[12] != 0
        let isNAT64 = bytes[..<12].elementsEqual([0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0])
        if isMapped || isCompatible || isNAT64 { return Array(bytes[12...]) }
        return bytes[0] == 0x20 && bytes[1] == 0x02 ? Array(bytes[2..<6]) : nil
    }

    private static func v4(_ text: String) -> [UInt8]? {
        var address = in_addr()
        guard inet_pton(AF_INET, text, &address) == 1 else { return nil }
        return withUnsafeBytes(of: &address) { Array($0) }
    }

    private static func v6(_ text: String) -> [UInt8]? {
        var address = in6_addr()
        guard inet_pton(AF_INET6, text, &address) == 1 else { return nil }
        let bytes = withUnsafeBytes(of: &address) { Array($0) }
        return bytes.count == 16 ? bytes : nil
    }
}
