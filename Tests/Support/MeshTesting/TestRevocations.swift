import Crypto
import Foundation
import SwiftASN1
package import X509

extension TestAuthority {
    /// A revocation list of this authority in PEM, version 2 (RFC 5280 section 5.1).
    package func revoke(_ certificates: [Certificate]) throws -> String {
        var list = DER.Serializer()
        let algorithm: ASN1ObjectIdentifier = [1, 2, 840, 10045, 4, 3, 2]
        try list.appendConstructedNode(identifier: .sequence) { list in
            try list.serialize(1)
            try list.appendConstructedNode(identifier: .sequence) { try $0.serialize(algorithm) }
            try list.serialize(certificate.subject)
            try list.serialize(UTCTime(Date().addingTimeInterval(-60)))
            try list.serialize(UTCTime(Date().addingTimeInterval(86400)))
            guard !certificates.isEmpty else { return }
            try list.appendConstructedNode(identifier: .sequence) { entries in
                for revoked in certificates {
                    try entries.appendConstructedNode(identifier: .sequence) { entry in
                        try entry.serialize(ArraySlice(revoked.serialNumber.bytes))
                        try entry.serialize(UTCTime(Date().addingTimeInterval(-30)))
                    }
                }
            }
        }
        let signed = list.serializedBytes
        let signature = try key.sign(bytes: signed, signatureAlgorithm: .ecdsaWithSHA256)
        var whole = DER.Serializer()
        try whole.appendConstructedNode(identifier: .sequence) { whole in
            whole.serializeRawBytes(signed)
            try whole.appendConstructedNode(identifier: .sequence) { try $0.serialize(algorithm) }
            try whole.serialize(ASN1BitString(bytes: ArraySlice(signature.rawRepresentation)))
        }
        return PEMDocument(type: "X509 CRL", derBytes: whole.serializedBytes).pemString
    }
}

extension UTCTime {
    fileprivate init(_ date: Date) throws {
        let parts = Calendar(identifier: .gregorian).dateComponents(
            in: TimeZone(secondsFromGMT: 0) ?? .current,
            from: date
        )
        try self.init(
            year: parts.year ?? 2000,
            month: parts.month ?? 1,
            day: parts.day ?? 1,
            hours: parts.hour ?? 0,
            minutes: parts.minute ?? 0,
            seconds: parts.second ?? 0
        )
    }
}
