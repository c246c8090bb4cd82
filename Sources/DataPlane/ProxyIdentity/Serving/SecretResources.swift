internal import EnvoyAPI
internal import FoundationEssentials
internal import SwiftProtobuf
internal import XDSProtocol

/// Secrets as SDS resources.
enum SecretResources {
    /// The resource of a name; nil while there is no such secret, for which Envoy is to wait.
    static func resource(_ name: String, in set: SecretSet) throws -> VersionedResource? {
        guard let entry = set.entries[name], let secret = message(name, entry.secret) else { return nil }
        return VersionedResource(
            name: name,
            version: "\(entry.revision)",
            body: try Google_Protobuf_Any(message: secret)
        )
    }

    private static func message(_ name: String, _ secret: SecretContent)
        -> Envoy_Extensions_TransportSockets_Tls_V3_Secret?
    {
        var message = Envoy_Extensions_TransportSockets_Tls_V3_Secret()
        message.name = name
        switch secret {
        case .tlsCertificate(let chain, let key):
            message.tlsCertificate.certificateChain.inlineBytes = Data(chain)
            message.tlsCertificate.privateKey.inlineBytes = Data(key.bytes)
        case .validation(let roots, let lists):
            message.validationContext.trustedCa.inlineBytes = Data(roots)
            if let lists { message.validationContext.crl.inlineBytes = Data(lists) }
        case .unavailable: return nil
        }
        return message
    }
}
