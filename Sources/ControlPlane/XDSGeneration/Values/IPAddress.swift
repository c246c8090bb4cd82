import EnvoyAPI
import SwiftProtobuf

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Addresses as they are checked before they reach a proxy; Envoy refuses a whole listener over one bad address.
enum IPAddress {
    static let unspecified = "0.0.0.0"
    static let unspecifiedV6 = "::"

    static func isV4(_ text: String) -> Bool {
        var address = in_addr()
        return inet_pton(AF_INET, text, &address) == 1
    }

    static func isV6(_ text: String) -> Bool {
        var address = in6_addr()
        return inet_pton(AF_INET6, text, &address) == 1
    }

    static func isValid(_ text: String) -> Bool {
        isV4(text) || isV6(text)
    }

    /// A `address` or `address/length` as an Envoy range; nil when it is neither.
    static func range(_ text: String) -> XDS.CidrRange? {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let address = parts.first, isValid(address) else { return nil }
        let bits: UInt32 = isV4(address) ? 32 : 128
        guard let length = parts.count == 2 ? UInt32(parts[1]) : bits, length <= bits else { return nil }
        var range = XDS.CidrRange()
        range.addressPrefix = address
        range.prefixLen = .init(length)
        return range
    }

    /// A host for a `host:port` form; IPv6 addresses are bracketed.
    static func bracketed(_ host: String) -> String {
        isV6(host) ? "[\(host)]" : host
    }
}

extension XDS.Address {
    /// A TCP address.
    init(_ address: String, port: UInt32) {
        self.init()
        var socket = XDS.SocketAddress()
        socket.address = address
        socket.portValue = port
        socketAddress = socket
    }

    /// A Unix domain socket.
    init(pipe path: String) {
        self.init()
        pipe.path = path
    }
}
