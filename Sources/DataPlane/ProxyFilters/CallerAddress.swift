internal import HTTPWire
internal import ProxySnapshot

/// Who a request comes from: the peer, or whom the proxies before this one name in `x-forwarded-for`.
///
/// Envoy's `downstreamAddressProvider().remoteAddress()`, which `ConnectionManagerUtility::mutateRequestHeaders` sets.
enum CallerAddress {
    /// The address as text; reads a head that `ConnectionManagerHeaders.prepare` has been through.
    static func text(
        _ headers: HeaderBlock,
        manager: HTTPConnectionManager,
        facts: DownstreamFacts
    ) -> ContiguousArray<UInt8> {
        var skipped = manager.xffTrustedHops
        if manager.usesRemoteAddress {
            guard skipped > 0 else { return facts.remoteAddressText }
            // The last element is the peer, which this proxy has added itself.
            if manager.skipsXFFAppend { skipped -= 1 }
        }
        return lastAddress(headers, skipping: skipped) ?? facts.remoteAddressText
    }

    /// Several lines are one list.
    private static func lastAddress(_ headers: HeaderBlock, skipping skipped: Int) -> ContiguousArray<UInt8>? {
        guard let first = headers.firstIndex(of: .xForwardedFor) else { return nil }
        guard var next = headers.index(of: .xForwardedFor, from: first &+ 1) else {
            return headers.withBytes(headers.fields[first].valueRange) { address($0, skipping: skipped) }
        }
        var list = headers.withBytes(headers.fields[first].valueRange) { ContiguousArray($0) }
        while true {
            list.append(UInt8(ascii: ","))
            headers.withBytes(headers.fields[next].valueRange) { list.append(contentsOf: $0) }
            guard let following = headers.index(of: .xForwardedFor, from: next &+ 1) else { break }
            next = following
        }
        return list.withUnsafeBytes { address($0, skipping: skipped) }
    }

    /// The element before the last `skipped` ones, if it is an address.
    private static func address(_ list: UnsafeRawBufferPointer, skipping skipped: Int) -> ContiguousArray<UInt8>? {
        var end = list.count
        for _ in 0..<skipped {
            guard let comma = list[..<end].lastIndex(of: UInt8(ascii: ",")) else { return nil }
            end = comma
        }
        let start = list[..<end].lastIndex(of: UInt8(ascii: ",")).map { $0 + 1 } ?? 0
        let element = list[start..<end]
        guard let first = element.firstIndex(where: { !isBlank($0) }),
            let last = element.lastIndex(where: { !isBlank($0) })
        else { return nil }
        // Only canonical text may be hashed: an address has many spellings.
        return IPAddress(String(decoding: list[first...last], as: UTF8.self)).map { ContiguousArray("\($0)".utf8) }
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
}
