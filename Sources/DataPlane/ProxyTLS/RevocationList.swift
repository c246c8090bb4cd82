internal import SwiftASN1

/// Certificates that their issuers have taken back (RFC 5280 section 5), from the CRLs of a trust bundle.
///
/// The lists come with the trust anchors, from whom they are believed; what is looked up is issuer and serial number.
package struct RevocationList: Sendable, Equatable {
    /// What a list knows a certificate by.
    struct Entry: Hashable, Sendable {
        /// The DER of the issuer's name.
        var issuer: [UInt8]
        /// Without leading zeros.
        var serial: [UInt8]
    }

    private var revoked: Set<Entry> = []

    /// Whether nothing is revoked.
    package var isEmpty: Bool { revoked.isEmpty }

    /// Reads PEM blocks `X509 CRL`.
    ///
    /// - Throws: `TLSUnavailable`: a list that cannot be read must not mean that nothing is revoked.
    package init(pem: [UInt8]) throws {
        guard !pem.isEmpty else { return }
        do {
            for document in try PEMDocument.parseMultiple(pemString: String(decoding: pem, as: UTF8.self)) {
                guard document.discriminator == "X509 CRL" else { continue }
                let list = try CertificateList(derEncoded: document.derBytes)
                for serial in list.serials { revoked.insert(Entry(issuer: list.issuer, serial: serial)) }
            }
        } catch {
            throw TLSUnavailable(reason: "the certificate revocation list is no CRL that can be read: \(error)")
        }
    }

    /// Whether the certificate was taken back.
    package func contains(_ certificate: PeerCertificate) -> Bool {
        guard !revoked.isEmpty else { return false }
        // One that cannot be read may be any of them.
        return certificate.entry.map { revoked.contains($0) } ?? true
    }
}

/// The part of a CRL that is needed: who issued it and what it lists.
private struct CertificateList: DERParseable {
    var issuer: [UInt8]
    var serials: Set<[UInt8]>

    init(derEncoded node: ASN1Node) throws {
        (issuer, serials) = try DER.sequence(node, identifier: .sequence) { outer in
            let list = try DER.sequence(try next(&outer), identifier: .sequence) { nodes in
                // The version is there only in version 2.
                var field = try next(&nodes)
                if field.identifier == .integer { field = try next(&nodes) }
                // `field` is the signature algorithm.
                let issuer = Array(try next(&nodes).encodedBytes)
                var serials: Set<[UInt8]> = []
                while let node = nodes.next() {
                    guard node.identifier == .sequence, serials.isEmpty else { continue }
                    serials = try Self.entries(node)
                }
                return (issuer, serials)
            }
            while outer.next() != nil {}
            return list
        }
    }

    private static func entries(_ node: ASN1Node) throws -> Set<[UInt8]> {
        try DER.sequence(node, identifier: .sequence) { entries in
            var serials: Set<[UInt8]> = []
            while let entry = entries.next() {
                let serial = try DER.sequence(entry, identifier: .sequence) { fields in
                    let serial = try ArraySlice<UInt8>(derEncoded: &fields)
                    while fields.next() != nil {}
                    return serial
                }
                serials.insert(Array(serial.drop { $0 == 0 }))
            }
            return serials
        }
    }
}

private func next(_ nodes: inout ASN1NodeCollection.Iterator) throws -> ASN1Node {
    guard let node = nodes.next() else { throw ASN1Error.invalidASN1Object(reason: "it ends early") }
    return node
}

extension RevocationList.Entry: DERParseable {
    /// The entry of a certificate in DER; nil if it cannot be read.
    init?(certificate der: [UInt8]) {
        guard let entry = try? Self(derEncoded: der) else { return nil }
        self = entry
    }

    /// Reads issuer and serial number of a `Certificate` (RFC 5280 section 4.1).
    init(derEncoded node: ASN1Node) throws {
        (issuer, serial) = try DER.sequence(node, identifier: .sequence) { outer in
            let fields = try DER.sequence(try next(&outer), identifier: .sequence) { nodes in
                var field = try next(&nodes)
                // [0] EXPLICIT version, absent in version 1.
                if field.identifier.tagClass == .contextSpecific { field = try next(&nodes) }
                let serial = try ArraySlice<UInt8>(derEncoded: field)
                // The signature algorithm.
                _ = try next(&nodes)
                let issuer = try next(&nodes)
                while nodes.next() != nil {}
                return (Array(issuer.encodedBytes), Array(serial.drop { $0 == 0 }))
            }
            while outer.next() != nil {}
            return fields
        }
    }
}
