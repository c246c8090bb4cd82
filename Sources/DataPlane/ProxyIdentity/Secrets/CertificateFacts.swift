internal import SwiftASN1
internal import X509

/// What a certificate says of itself, for pages and statistics. Any thread.
package struct CertificateFacts: Sendable, Equatable {
    /// Kinds of names, by Envoy's names.
    package enum NameKind: String, Sendable {
        case uri, dns
        case address = "ip_address"
    }

    /// A name of the subject.
    package struct Name: Sendable, Equatable {
        package let kind: NameKind
        package let text: String
    }

    /// Lower-case hexadecimal digits.
    package let serial: String
    /// Subject alternative names; those of other kinds are left out.
    package let names: [Name]
    package let notBefore: UnixTime
    package let notAfter: UnixTime

    /// The certificates of a text in PEM, none when it cannot be parsed.
    package static func read(_ pem: [UInt8]) -> [CertificateFacts] {
        let certificates = (try? CertificateText.certificates(pem, of: "")) ?? []
        return certificates.map { certificate in
            CertificateFacts(
                serial: certificate.serialText,
                names: certificate.subjectAlternatives.compactMap(name),
                notBefore: certificate.validFrom,
                notAfter: certificate.validUntil
            )
        }
    }

    private static func name(_ name: GeneralName) -> Name? {
        switch name {
        case .uniformResourceIdentifier(let text): Name(kind: .uri, text: text)
        case .dnsName(let text): Name(kind: .dns, text: text)
        case .ipAddress(let octets): Name(kind: .address, text: address(octets.bytes))
        default: nil
        }
    }

    private static func address(_ bytes: ArraySlice<UInt8>) -> String {
        guard bytes.count == 16 else { return bytes.map { "\($0)" }.joined(separator: ".") }
        let all = Array(bytes)
        return stride(from: 0, to: 16, by: 2).map { String(UInt16(all[$0]) << 8 | UInt16(all[$0 + 1]), radix: 16) }
            .joined(separator: ":")
    }
}
