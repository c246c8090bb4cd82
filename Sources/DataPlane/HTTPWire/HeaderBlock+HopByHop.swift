extension HeaderBlock {
    /// Removes what concerns one hop only (RFC 9110 section 7.6.1): the connection fields and whatever `connection`
    /// nominates. `te` keeps `trailers`, the one coding that crosses a proxy. Framing fields are the writer's business.
    ///
    /// Never removed on a peer's nomination: the fields that route or frame the message.
    package mutating func removeHopByHop() {
        guard mayContain(any: Self.hopByHop) else { return }
        if ConnectionOptions(self).contains(.nominates) { removeNominated() }
        remove(.connection)
        remove(.keepAlive)
        remove(.proxyConnection)
        remove(.upgrade)
        remove(.transferEncoding)
        guard isPresent(.te) else { return }
        if value(of: .te, contains: "trailers") { set(.te, "trailers") } else { remove(.te) }
    }

    private static let hopByHop = KnownHeaderSet([
        .connection, .keepAlive, .proxyConnection, .upgrade, .transferEncoding, .te,
    ])

    private mutating func removeNominated() {
        var start = 0
        while let index = index(of: .connection, from: start) {
            start = index &+ 1
            // A copy of the value, because what it names is removed from the same block. Seldom more than "close".
            var value: ContiguousArray<UInt8> = []
            withBytes(fields[index].valueRange) { value.append(contentsOf: $0) }
            for position in value.indices { value[position] = lowercase(value[position]) }
            value.withUnsafeBytes { bytes in
                for name in ListElements(bytes) {
                    switch KnownHeader(lowercased: name) {
                    case .method, .path, .scheme, .authority, .contentLength, .transferEncoding, .connection, .te,
                        .xForwardedFor, .xForwardedHost, .xForwardedProto:
                        continue
                    case .other: removeOther(name)
                    case let known: remove(known)
                    }
                }
            }
        }
    }
}
