internal import FoundationEssentials
internal import SwiftASN1
internal import X509

/// Certificates in PEM text.
enum PEMCertificates {
    /// Every certificate of the text in its order; other blocks are refused, text between blocks is not looked at.
    static func read(_ text: String, file: String) throws(AuthorityError) -> [Certificate] {
        guard text.utf8.contains(where: { $0 > UInt8(ascii: " ") }) else { return [] }
        var certificates: [Certificate] = []
        do {
            for document in try PEMDocument.parseMultiple(pemString: text) {
                guard document.discriminator == Certificate.defaultPEMDiscriminator else {
                    throw AuthorityError.unreadable(
                        file: file,
                        reason: "it holds a \(document.discriminator) where only certificates belong"
                    )
                }
                certificates.append(try Certificate(pemDocument: document))
            }
        } catch let error as AuthorityError {
            throw error
        } catch {
            throw .unreadable(file: file, reason: "\(error)")
        }
        if certificates.isEmpty { throw .unreadable(file: file, reason: "it holds no certificate in PEM") }
        return certificates
    }

    /// PEM of one certificate with a line break at its end.
    static func text(_ certificate: Certificate) -> String {
        guard let document = try? certificate.serializeAsPEM() else { return "" }
        return document.pemString + "\n"
    }
}

extension Certificate {
    /// Whether this key signed that certificate, and says so.
    func isIssuer(of other: Certificate) -> Bool {
        subject == other.issuer && publicKey.isValidSignature(other.signature, for: other)
    }

    /// Its own issuer.
    var isSelfSigned: Bool { isIssuer(of: self) }

    /// May sign certificates (RFC 5280 sections 4.2.1.3 and 4.2.1.9).
    var isAuthority: Bool {
        guard let constraints = try? extensions.basicConstraints, case .isCertificateAuthority = constraints else {
            return false
        }
        guard let usage = try? extensions.keyUsage else { return extensions[oid: .X509ExtensionID.keyUsage] == nil }
        return usage.keyCertSign
    }
}
