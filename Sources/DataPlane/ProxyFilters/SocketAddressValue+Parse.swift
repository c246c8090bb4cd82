internal import HTTPWire
internal import ProxySnapshot

extension SocketAddressValue {
    /// Reads `1.2.3.4:80` or `[::1]:80`, as `x-envoy-original-dst-host` carries it.
    init?(text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            return nil
        }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        guard let address = IPAddress(String(host)) else { return nil }
        self.init(address: address, port: port)
    }
}

extension ByteRange {
    static var none: ByteRange { ByteRange(offset: 0, length: 0) }
}
