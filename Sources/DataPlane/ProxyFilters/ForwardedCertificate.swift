internal import HTTPWire
internal import ProxySnapshot

/// The `x-forwarded-client-cert` header: who the caller proved to be, told to the workload behind
/// (`HttpConnectionManager.forward_client_cert_details`).
///
/// Elements are joined by commas, keys of one element by semicolons: `By=...;Hash=...;Subject="...";URI=...`.
enum ForwardedCertificate {
    /// Drops, keeps, extends or replaces the header. What came without a proven identity is not believed.
    static func apply(to head: inout RequestHead, manager: HTTPConnectionManager, facts: DownstreamFacts) {
        if manager.forwardClientCertificate == .alwaysForwardOnly { return }
        guard manager.forwardClientCertificate != .sanitize, facts.isTLS, facts.peer != nil else {
            head.headers.remove(.xForwardedClientCert)
            return
        }
        switch manager.forwardClientCertificate {
        case .sanitize, .alwaysForwardOnly, .forwardOnly: break
        case .appendForward:
            joinLines(&head.headers)
            head.headers.append(to: .xForwardedClientCert, facts.forwardedCertificate)
        case .sanitizeSet:
            head.headers.set(.xForwardedClientCert, facts.forwardedCertificate)
        }
    }

    /// What is appended must stand behind everything that came.
    private static func joinLines(_ headers: inout HeaderBlock) {
        guard let first = headers.firstIndex(of: .xForwardedClientCert),
            headers.index(of: .xForwardedClientCert, from: first &+ 1) != nil
        else { return }
        var joined: ContiguousArray<UInt8> = []
        var next: Int? = first
        while let index = next {
            if !joined.isEmpty { joined.append(UInt8(ascii: ",")) }
            headers.withBytes(headers.fields[index].valueRange) { joined.append(contentsOf: $0) }
            next = headers.index(of: .xForwardedClientCert, from: index &+ 1)
        }
        headers.set(.xForwardedClientCert, joined)
    }

    /// One element, in Envoy's order of keys.
    static func element(
        _ peer: PeerCertificateFacts,
        by identity: ContiguousArray<UInt8>,
        _ details: ClientCertificateDetails
    ) -> ContiguousArray<UInt8> {
        var text: ContiguousArray<UInt8> = []
        func add(_ key: StaticString, _ value: ContiguousArray<UInt8>, quoted: Bool = false) {
            if !text.isEmpty { text.append(UInt8(ascii: ";")) }
            text.append(contentsOf: key.utf8)
            if quoted { text.append(UInt8(ascii: "\"")) }
            text.append(contentsOf: value)
            if quoted { text.append(UInt8(ascii: "\"")) }
        }
        if !identity.isEmpty { add("By=", identity) }
        if !peer.sha256.isEmpty { add("Hash=", peer.sha256) }
        if details.cert { add("Cert=", peer.urlEncodedPEM(), quoted: true) }
        if details.chain { add("Chain=", peer.urlEncodedChain(), quoted: true) }
        if details.subject { add("Subject=", escapingQuotes(peer.subject), quoted: true) }
        if details.uri {
            if peer.uriSANs.isEmpty { add("URI=", []) }
            for name in peer.uriSANs { add("URI=", sanitized(name)) }
        }
        if details.dns { for name in peer.dnsSANs { add("DNS=", sanitized(name)) } }
        return text
    }

    /// A name of the certificate must not end its element or its header.
    private static func sanitized(_ name: ContiguousArray<UInt8>) -> ContiguousArray<UInt8> {
        guard !name.allSatisfy(isPlain) else { return name }
        return ContiguousArray(name.flatMap { isPlain($0) ? [$0] : encoded($0) })

        func isPlain(_ byte: UInt8) -> Bool {
            byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: ",") && byte != UInt8(ascii: ";")
                && byte != UInt8(ascii: "\"")
        }
        func encoded(_ byte: UInt8) -> [UInt8] {
            let digits = Array("0123456789ABCDEF".utf8)
            return [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        }
    }

    /// RFC 2253 escapes quotes by itself; control characters have no business in a header.
    private static func escapingQuotes(_ subject: ContiguousArray<UInt8>) -> ContiguousArray<UInt8> {
        var result: ContiguousArray<UInt8> = []
        result.reserveCapacity(subject.count)
        var isEscaped = false
        for byte in subject where byte >= 0x20 && byte != 0x7F {
            if byte == UInt8(ascii: "\""), !isEscaped { result.append(UInt8(ascii: "\\")) }
            result.append(byte)
            isEscaped = byte == UInt8(ascii: "\\") && !isEscaped
        }
        // A lone backslash would take the closing quote with it.
        if isEscaped { result.append(UInt8(ascii: "\\")) }
        return result
    }
}
