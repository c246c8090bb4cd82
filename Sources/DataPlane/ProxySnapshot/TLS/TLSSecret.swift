/// A secret by its name in SDS (`envoy.extensions.transport_sockets.tls.v3.Secret`). Never printed.
package enum TLSSecret: Sendable, Hashable {
    case certificate(CertificateSecret)
    case validation(ValidationSecret)
}

/// A certificate chain with its private key, both PEM (`TlsCertificate`).
package struct CertificateSecret: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
    /// Leaf first.
    package var chain: [UInt8]
    /// Of the leaf.
    package var privateKey: [UInt8]

    package init(chain: [UInt8], privateKey: [UInt8]) {
        self.chain = chain
        self.privateKey = privateKey
    }

    /// No key ever reaches a log or a page.
    package var description: String { "[redacted]" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// Trust anchors and revocation lists, both PEM (`CertificateValidationContext.trusted_ca` and `crl`).
package struct ValidationSecret: Sendable, Hashable {
    package var anchors: [UInt8]
    /// Empty if nothing is revoked.
    package var revocations: [UInt8]

    package init(anchors: [UInt8], revocations: [UInt8] = []) {
        self.anchors = anchors
        self.revocations = revocations
    }
}
