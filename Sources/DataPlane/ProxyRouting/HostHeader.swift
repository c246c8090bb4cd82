/// The parts of a Host header: `name`, `name:port`, `1.2.3.4:port`, `[v6]:port`.
package struct HostHeader {
    private let bytes: UnsafeRawBufferPointer
    /// Where the port begins, its colon included; the end if there is none.
    private let portStart: Int

    /// Splits `bytes`, which must outlive the value. Only a colon followed by nothing but digits begins a port.
    package init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
        var start = bytes.count
        while start > 0, (0x30...0x39).contains(bytes[start &- 1]) { start &-= 1 }
        guard start > 0, bytes[start &- 1] == UInt8(ascii: ":") else {
            portStart = bytes.count
            return
        }
        // An IPv6 address without brackets has no port.
        let head = bytes[..<(start &- 1)]
        let isBareV6 = head.contains(UInt8(ascii: ":")) && head.last != UInt8(ascii: "]")
        portStart = isBareV6 ? bytes.count : start &- 1
    }

    /// Everything before the port.
    package var hostBytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: bytes[..<portStart]) }

    /// The port with its colon, empty if there is none.
    package var portBytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: bytes[portStart...]) }

    /// The host of a request's copy where mirrors are to be told apart: `name-shadow:port`, as Envoy writes it.
    package static func shadow(of host: UnsafeRawBufferPointer) -> ContiguousArray<UInt8> {
        let parts = HostHeader(host)
        return ContiguousArray(parts.hostBytes) + "-shadow".utf8 + parts.portBytes
    }
}
