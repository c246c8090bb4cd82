internal import SwiftASN1
package import X509

/// A certificate revocation list that one of the known authorities signed (RFC 5280 section 5).
package struct RevocationList: Sendable, Hashable {
    /// PEM with a line break at its end.
    package let text: String
    /// Who issued it.
    package let issuer: DistinguishedName
    /// Serial numbers in hexadecimal digits without leading zeros.
    package let serialNumbers: Set<String>

    /// Whether it names the certificate.
    package func revokes(_ certificate: Certificate) -> Bool {
        certificate.issuer == issuer && serialNumbers.contains(Self.hexadecimal(certificate.serialNumber))
    }

    /// Reads every list of a PEM text; refuses one that none of the authorities signed.
    package static func read(
        _ text: String,
        file: String,
        authorities: [Certificate]
    ) throws(AuthorityError) -> [RevocationList] {
        guard text.utf8.contains(where: { $0 > UInt8(ascii: " ") }) else { return [] }
        do {
            let documents = try PEMDocument.parseMultiple(pemString: text)
            guard !documents.isEmpty else {
                throw AuthorityError.unreadable(file: file, reason: "it holds no revocation list in PEM")
            }
            return try documents.map { document in
                guard document.discriminator == "X509 CRL" else {
                    throw AuthorityError.unreadable(
                        file: file,
                        reason: "it holds a \(document.discriminator) where only revocation lists belong"
                    )
                }
                return try RevocationList(document, file: file, authorities: authorities)
            }
        } catch let error as AuthorityError {
            throw error
        } catch {
            throw .unreadable(file: file, reason: "\(error)")
        }
    }

    private init(_ document: PEMDocument, file: String, authorities: [Certificate]) throws {
        var signed: ArraySlice<UInt8> = []
        var list: ASN1Node?
        var algorithm: Certificate.SignatureAlgorithm?
        var signature: ASN1BitString?
        try DER.sequence(try DER.parse(document.derBytes), identifier: .sequence) { nodes in
            list = nodes.next()
            signed = list?.encodedBytes ?? []
            algorithm = nodes.next().flatMap(Self.algorithm)
            signature = try ASN1BitString(derEncoded: &nodes)
        }
        guard let list, let algorithm, let signature else {
            throw AuthorityError.unreadable(file: file, reason: "the list is signed with an unknown algorithm")
        }
        (issuer, serialNumbers) = try Self.content(list)
        let issuer = issuer
        let isSigned = authorities.contains { authority in
            authority.subject == issuer
                && authority.publicKey.isValidSignature(signature.bytes, for: signed, signatureAlgorithm: algorithm)
        }
        guard isSigned else {
            throw AuthorityError.unreadable(
                file: file,
                reason: "no authority of this mesh signed the list of \"\(issuer)\""
            )
        }
        text = document.pemString + "\n"
    }

    /// `TBSCertList`, as far as it says who revoked what.
    private static func content(_ list: ASN1Node) throws -> (DistinguishedName, Set<String>) {
        try DER.sequence(list, identifier: .sequence) { nodes in
            // version, which may be left out, and signature
            if nodes.next()?.identifier == .integer { _ = nodes.next() }
            guard let name = nodes.next() else { throw ASN1Error.invalidASN1Object(reason: "no issuer") }
            let issuer: DistinguishedName = try parse(name)
            // thisUpdate, nextUpdate
            _ = nodes.next()
            var next = nodes.next()
            if let kind = next?.identifier, kind == .utcTime || kind == .generalizedTime { next = nodes.next() }
            var numbers: Set<String> = []
            if let revoked = next, revoked.identifier == .sequence {
                try DER.sequence(revoked, identifier: .sequence) { entries in
                    while let entry = entries.next() {
                        try DER.sequence(entry, identifier: .sequence) { fields in
                            let number = try ArraySlice<UInt8>(derEncoded: &fields)
                            numbers.insert(hexadecimal(Certificate.SerialNumber(bytes: number)))
                            while fields.next() != nil {}
                        }
                    }
                }
            }
            while nodes.next() != nil {}
            return (issuer, numbers)
        }
    }

    /// Generic, as a name called by its type is parsed through a conformance that is deprecated.
    private static func parse<Value: DERParseable>(_ node: ASN1Node) throws -> Value { try Value(derEncoded: node) }

    private static func algorithm(_ node: ASN1Node) -> Certificate.SignatureAlgorithm? {
        var identifier: ASN1ObjectIdentifier?
        try? DER.sequence(node, identifier: .sequence) { nodes in
            identifier = try ASN1ObjectIdentifier(derEncoded: &nodes)
            while nodes.next() != nil {}
        }
        return identifier.flatMap { algorithms[$0] }
    }

    /// RFC 5758 section 3.2, RFC 8017 appendix A.2.4, RFC 8410 section 3.
    private static let algorithms: [ASN1ObjectIdentifier: Certificate.SignatureAlgorithm] = [
        [1, 2, 840, 10045, 4, 3, 2]: .ecdsaWithSHA256, [1, 2, 840, 10045, 4, 3, 3]: .ecdsaWithSHA384,
        [1, 2, 840, 10045, 4, 3, 4]: .ecdsaWithSHA512, [1, 2, 840, 113_549, 1, 1, 11]: .sha256WithRSAEncryption,
        [1, 2, 840, 113_549, 1, 1, 12]: .sha384WithRSAEncryption,
        [1, 2, 840, 113_549, 1, 1, 13]: .sha512WithRSAEncryption, [1, 3, 101, 112]: .ed25519,
    ]

    static func hexadecimal(_ number: Certificate.SerialNumber) -> String {
        let digits = number.bytes.drop { $0 == 0 }.map { byte in
            String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
        }
        return digits.isEmpty ? "0" : digits.joined()
    }
}
