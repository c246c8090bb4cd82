internal import HTTPWire
package import ProxySnapshot

/// Whom a request comes from, for access logs, hashes and `x-envoy-external-address`: the connected peer, or who
/// `x-forwarded-for` says the client is.
///
/// Envoy's `downstreamAddressProvider().remoteAddress()`, by `HttpConnectionManager.use_remote_address` and
/// `xff_num_trusted_hops`. Made once for a connection manager.
package struct ForwardedClient: Sendable {
    /// Entries at the end of `x-forwarded-for`, as it goes upstream, that stand after the client's; nil takes the peer.
    private let skipped: Int?

    /// The connected peer, always.
    package static let peer = ForwardedClient(skipped: nil)

    private init(skipped: Int?) { self.skipped = skipped }

    package init(_ manager: HTTPConnectionManager) {
        if !manager.usesRemoteAddress {
            skipped = manager.xffTrustedHops
        } else if manager.xffTrustedHops > 0 {
            // The peer was appended meanwhile, and is itself the last of the trusted.
            skipped = manager.skipsXFFAppend ? manager.xffTrustedHops - 1 : manager.xffTrustedHops
        } else {
            skipped = nil
        }
    }

    /// The client's address by a head that `ConnectionManagerHeaders.prepare` has been through; nil if the peer is meant,
    /// or nothing sound is named.
    func address(in headers: HeaderBlock) -> IPAddress? {
        skipped.flatMap { Self.address(in: headers, skipping: $0) }
    }

    /// The address in `x-forwarded-for` before its last `skipped` entries; several lines are one list.
    static func address(in headers: HeaderBlock, skipping skipped: Int) -> IPAddress? {
        guard let first = headers.firstIndex(of: .xForwardedFor) else { return nil }
        guard var next = headers.index(of: .xForwardedFor, from: first &+ 1) else {
            return headers.withBytes(headers.fields[first].valueRange) { entry($0, skipping: skipped) }
        }
        var list = headers.withBytes(headers.fields[first].valueRange) { ContiguousArray($0) }
        while true {
            list.append(UInt8(ascii: ","))
            headers.withBytes(headers.fields[next].valueRange) { list.append(contentsOf: $0) }
            guard let following = headers.index(of: .xForwardedFor, from: next &+ 1) else { break }
            next = following
        }
        return list.withUnsafeBytes { entry($0, skipping: skipped) }
    }

    private static func entry(_ list: UnsafeRawBufferPointer, skipping skipped: Int) -> IPAddress? {
        var end = list.count
        for _ in 0..<max(0, skipped) {
            guard let comma = list[..<end].lastIndex(of: UInt8(ascii: ",")) else { return nil }
            end = comma
        }
        let start = list[..<end].lastIndex(of: UInt8(ascii: ",")).map { $0 + 1 } ?? 0
        let element = list[start..<end]
        guard let first = element.firstIndex(where: { !isBlank($0) }),
            let last = element.lastIndex(where: { !isBlank($0) })
        else { return nil }
        return IPAddress(String(decoding: list[first...last], as: UTF8.self))
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
}
