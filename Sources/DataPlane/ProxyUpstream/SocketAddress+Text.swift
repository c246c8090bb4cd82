package import NIOCore
package import ProxySnapshot

extension SocketAddress {
    /// The address of a validated resource; nil never happens for 4 or 16 bytes, which is all a value can hold.
    package init?(_ value: SocketAddressValue) {
        guard
            let address = try? SocketAddress(
                packedIPAddress: ByteBuffer(bytes: value.address.bytes),
                port: Int(value.port)
            )
        else { return nil }
        self = address
    }

    /// The address and port as a value; nil for Unix sockets.
    package var value: SocketAddressValue? {
        guard let number = port, let port = UInt16(exactly: number) else { return nil }
        // The address follows family and port in `sockaddr_in`, and the flow label as well in `sockaddr_in6`.
        let address: IPAddress? = withSockAddr { pointer, size in
            let raw = UnsafeRawBufferPointer(start: pointer, count: size)
            switch self {
            case .v4 where size >= 8:
                return IPAddress(v4: UInt32(bigEndian: raw.loadUnaligned(fromByteOffset: 4, as: UInt32.self)))
            case .v6 where size >= 24:
                let high = UInt64(bigEndian: raw.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
                let low = UInt64(bigEndian: raw.loadUnaligned(fromByteOffset: 16, as: UInt64.self))
                return IPAddress(v6High: high, low: low)
            default: return nil
            }
        }
        guard let address else { return nil }
        return SocketAddressValue(address: address.unmapped, port: port)
    }

    /// `1.2.3.4:80` or `[::1]:80`, as Envoy prints addresses.
    package var ipText: String {
        value.map { "\($0)" } ?? pathname ?? ""
    }
}

extension IPAddress {
    /// The IPv4 address inside `::ffff:a.b.c.d`, as dual-stack sockets report IPv4 peers.
    var unmapped: IPAddress {
        guard isIPv6, high == 0, low >> 32 == 0xFFFF else { return self }
        return IPAddress(v4: UInt32(truncatingIfNeeded: low))
    }
}
