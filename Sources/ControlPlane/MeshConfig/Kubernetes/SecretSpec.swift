/// What a mesh reads of a Kubernetes Secret: certificates and keys for TLS, and nothing else of it.
///
/// Its descriptions show names and sizes only, so that no key gets into a log, a dump or a test's output.
package struct SecretSpec: Sendable, Hashable {
    /// Names of entries that are read (Istio `credentials/kube`); all others are dropped when decoded.
    package enum Entry: String, Sendable, Hashable, CaseIterable {
        case tlsCertificate = "tls.crt"
        case tlsKey = "tls.key"
        case tlsAuthorities = "ca.crt"
        case tlsRevocations = "ca.crl"
        case genericCertificate = "cert"
        case genericKey = "key"
        case genericAuthorities = "cacert"
        case genericRevocations = "crl"
    }

    /// Type, such as `kubernetes.io/tls`; empty is `Opaque`.
    package var type = ""
    private var data: [Entry: [UInt8]] = [:]

    package init() {}

    /// Bytes of an entry; nil when it is absent or empty.
    package subscript(entry: Entry) -> [UInt8]? {
        get { data[entry].flatMap { $0.isEmpty ? nil : $0 } }
        set { data[entry] = newValue }
    }

    /// Certificate chain and key in PEM, by whichever pair of names the Secret has (Istio `ExtractCertInfo`).
    package var certificate: (chain: [UInt8], key: [UInt8])? {
        if let chain = self[.genericCertificate], let key = self[.genericKey] { return (chain, key) }
        if let chain = self[.tlsCertificate], let key = self[.tlsKey] { return (chain, key) }
        return nil
    }

    /// Authorities in PEM, with what they revoked, empty for nothing (Istio `ExtractRoot`).
    package var authorities: (certificates: [UInt8], revocations: [UInt8])? {
        if let roots = self[.genericAuthorities] { return (roots, self[.genericRevocations] ?? []) }
        if let roots = self[.tlsAuthorities] { return (roots, self[.tlsRevocations] ?? []) }
        return nil
    }
}

extension SecretSpec: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String {
        let entries = data.map { "\($0.key.rawValue): \($0.value.count) bytes" }.sorted()
        return "SecretSpec(\(entries.joined(separator: ", ")))"
    }

    package var debugDescription: String { description }

    package var customMirror: Mirror { Mirror(self, children: [("content", description)]) }
}
