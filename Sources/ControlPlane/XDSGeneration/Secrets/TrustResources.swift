internal import EnvoyAPI
internal import Foundation
internal import SwiftProtobuf

/// The mesh's trust bundle as it goes out: as Envoy's secret `ROOTCA`, and for Istio's agent as a `ProxyConfig`.
///
/// Serialized once for all proxies; the same for all of them, as roots are no secrets.
package struct TrustResources: Sendable, Hashable {
    /// Name of the secret that TLS contexts refer to (Istio `SDSRootResourceName`).
    package static let secretName = "ROOTCA"

    /// `envoy.extensions.transport_sockets.tls.v3.Secret` with a validation context; empty without roots.
    package let secrets: [GeneratedResource]
    /// `istio.mesh.v1alpha1.ProxyConfig` with nothing but the roots (Istio's PCDS); empty without roots.
    package let proxyConfigs: [GeneratedResource]

    /// Trusts nobody: nothing is sent.
    package init() {
        secrets = []
        proxyConfigs = []
    }

    /// - Parameters:
    ///   - roots: PEM texts of one root each.
    ///   - revocations: PEM of every revocation list; empty for none.
    package init(roots: [String], revocations: String = "") {
        guard !roots.isEmpty else {
            self = Self()
            return
        }
        var secret = Envoy_Extensions_TransportSockets_Tls_V3_Secret()
        secret.name = Self.secretName
        secret.validationContext.trustedCa.inlineBytes = Data(roots.joined().utf8)
        if !revocations.isEmpty { secret.validationContext.crl.inlineBytes = Data(revocations.utf8) }
        secrets = [GeneratedResource(name: Self.secretName, secret)]
        var body = Google_Protobuf_Any()
        body.typeURL = "type.googleapis.com/istio.mesh.v1alpha1.ProxyConfig"
        for root in roots { body.value.append(contentsOf: Self.field(root)) }
        proxyConfigs = [GeneratedResource(name: "default", packed: body)]
    }

    /// Equal for equal bundles.
    package var version: String { secrets.first?.version ?? "" }

    /// One element of `ca_certificates_pem`, field 34, which the generated messages do not have.
    private static func field(_ text: String) -> [UInt8] {
        let bytes = Array(text.utf8)
        return varint(34 << 3 | 2) + varint(UInt64(bytes.count)) + bytes
    }

    private static func varint(_ value: UInt64) -> [UInt8] {
        var (bytes, rest): ([UInt8], UInt64) = ([], value)
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }
}
