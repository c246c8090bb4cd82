internal import EnvoyAPI
package import SwiftProtobuf
internal import X509

/// The roots and revocation lists of the mesh as the control plane sends them: SDS resource `ROOTCA`. Any thread.
package struct TrustBundle: Sendable, Equatable {
    let roots: [Certificate]
    let crlPEM: [UInt8]?

    init(roots: [Certificate], crlPEM: [UInt8]?) {
        self.roots = roots
        self.crlPEM = crlPEM
    }

    /// Reads `validation_context.trusted_ca` and `crl` of a packed secret.
    ///
    /// - Throws: when it is no validation context with at least one root inline, or a part of it cannot be parsed.
    package init(_ resource: Google_Protobuf_Any) throws(SecretError) {
        let secret: Envoy_Extensions_TransportSockets_Tls_V3_Secret
        do {
            secret = try Envoy_Extensions_TransportSockets_Tls_V3_Secret(unpackingAny: resource)
        } catch {
            throw .certificates(of: SecretName.roots, reason: "the resource is no Secret: \(error)")
        }
        let roots = Self.bytes(secret.validationContext.trustedCa)
        self.roots = try CertificateText.certificates(roots, of: SecretName.roots)
        let lists = Self.bytes(secret.validationContext.crl)
        if lists.isEmpty {
            crlPEM = nil
        } else {
            try CertificateText.checkRevocationLists(lists, of: SecretName.roots)
            crlPEM = lists
        }
    }

    private static func bytes(_ source: Envoy_Config_Core_V3_DataSource) -> [UInt8] {
        switch source.specifier {
        case .inlineBytes(let bytes): Array(bytes)
        case .inlineString(let text): Array(text.utf8)
        default: []
        }
    }
}
