internal import FoundationEssentials
internal import MeshIdentity
internal import SwiftASN1
internal import X509

/// Reads certificates, keys and revocation lists of PEM and checks what belongs together.
enum CertificateText {
    /// The certificates of a text, at least one; other documents in it, such as keys, are left out.
    static func certificates(_ bytes: [UInt8], of owner: String) throws(SecretError) -> [Certificate] {
        do {
            let documents = try PEMDocument.parseMultiple(pemString: String(decoding: bytes, as: UTF8.self))
            let certificates = try documents.filter { $0.discriminator == Certificate.defaultPEMDiscriminator }
                .map { try Certificate(pemDocument: $0) }
            guard !certificates.isEmpty else { throw SecretError.certificates(of: owner, reason: "there is none") }
            return certificates
        } catch let error as SecretError {
            throw error
        } catch {
            throw .certificates(of: owner, reason: "\(error)")
        }
    }

    /// The certificates of a text, the first apart.
    static func chain(
        _ bytes: [UInt8],
        of owner: String
    ) throws(SecretError) -> (leaf: Certificate, rest: ArraySlice<Certificate>) {
        let all = try certificates(bytes, of: owner)
        guard let leaf = all.first else { throw .certificates(of: owner, reason: "there is none") }
        return (leaf, all.dropFirst())
    }

    /// The public key of a private key.
    static func publicKey(of key: PrivateKeyPEM, owner: String) throws(SecretError) -> Certificate.PublicKey {
        do {
            let documents = try PEMDocument.parseMultiple(pemString: String(decoding: key.bytes, as: UTF8.self))
            // `openssl ecparam -genkey` writes the curve's parameters before the key.
            guard let document = documents.first(where: { $0.discriminator.hasSuffix("PRIVATE KEY") }) else {
                throw SecretError.key(of: owner, reason: "there is none")
            }
            return try Certificate.PrivateKey(pemDocument: document).publicKey
        } catch let error as SecretError {
            throw error
        } catch {
            // Errors of parsers may quote what they parse.
            throw .key(of: owner, reason: "it is not an unencrypted RSA, ECDSA or Ed25519 key")
        }
    }

    /// Checks that a text holds revocation lists and nothing that is not PEM.
    static func checkRevocationLists(_ bytes: [UInt8], of owner: String) throws(SecretError) {
        do {
            let documents = try PEMDocument.parseMultiple(pemString: String(decoding: bytes, as: UTF8.self))
            guard documents.contains(where: { $0.discriminator == "X509 CRL" }) else {
                throw SecretError.revocationList(of: owner, reason: "there is none")
            }
        } catch let error as SecretError {
            throw error
        } catch {
            throw .revocationList(of: owner, reason: "\(error)")
        }
    }

    /// Certificates as PEM, one after the other.
    static func pem(_ certificates: some Sequence<Certificate>, owner: String) throws(SecretError) -> [UInt8] {
        var text = ""
        do {
            for certificate in certificates { text += try certificate.serializeAsPEM().pemString + "\n" }
        } catch {
            throw .certificates(of: owner, reason: "\(error)")
        }
        return Array(text.utf8)
    }

    /// Checks that the leaf is for this key and valid now.
    static func check(
        _ leaf: Certificate,
        isFor key: PrivateKeyPEM,
        at now: UnixTime,
        owner: String
    ) throws(SecretError) {
        guard try publicKey(of: key, owner: owner) == leaf.publicKey else { throw .keyMismatch(of: owner) }
        guard leaf.validFrom <= now else { throw .notYetValid(of: owner, notBefore: leaf.validFrom, now: now) }
        guard now < leaf.validUntil else { throw .expired(of: owner, notAfter: leaf.validUntil, now: now) }
    }
}

extension Certificate {
    /// Not before.
    var validFrom: UnixTime { UnixTime(notValidBefore) }
    /// Not after.
    var validUntil: UnixTime { UnixTime(notValidAfter) }

    /// URI names of the subject.
    var uris: [String] {
        subjectAlternatives.compactMap { if case .uniformResourceIdentifier(let uri) = $0 { uri } else { nil } }
    }

    /// All other names of the subject.
    var subjectAlternatives: [GeneralName] {
        ((try? extensions.subjectAlternativeNames).flatMap { $0 }).map(Array.init) ?? []
    }

    /// The identity, when the certificate has exactly one URI and that is one.
    var identity: SPIFFEIdentity? {
        let uris = uris
        return uris.count == 1 ? SPIFFEIdentity(uris[0]) : nil
    }

    /// Lower-case hexadecimal digits without leading zeros, as Envoy's `serial_number`.
    var serialText: String {
        let digits = serialNumber.bytes.map { byte in
            byte < 16 ? "0" + String(byte, radix: 16) : String(byte, radix: 16)
        }.joined()
        let trimmed = digits.drop { $0 == "0" }
        return trimmed.isEmpty ? "0" : String(trimmed)
    }
}

extension UnixTime {
    init(_ date: Date) {
        let seconds = date.timeIntervalSince1970
        self.init(milliseconds: Int64(exactly: (seconds * 1000).rounded()) ?? (seconds < 0 ? .min : .max))
    }

    /// The same as Foundation has it.
    var date: Date { Date(timeIntervalSince1970: Double(milliseconds) / 1000) }
}
