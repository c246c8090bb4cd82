internal import Crypto
internal import MeshIdentity
package import NIOSSL
internal import ProxySnapshot

/// What a peer's certificate says, after the handshake has verified who signed it.
package final class PeerCertificate: Sendable {
    /// URIs among the alternative names, in their order.
    package let uris: [String]
    /// DNS names among the alternative names, in their order.
    package let dnsNames: [String]
    /// Addresses among the alternative names, as raw bytes.
    let addresses: [[UInt8]]
    let emails: [String]
    /// Of each of `uris` whether it is the identity of a workload, whole and exact.
    let areIdentities: [Bool]
    /// Names, subject, SHA-256 and serial number as headers, logs and policies have them; read once.
    package let texts: Texts
    private let certificate: NIOSSLCertificate

    /// What a certificate says, as bytes: hexadecimal digits are in lower case.
    package struct Texts: Sendable {
        package let uris: [ContiguousArray<UInt8>]
        package let dnsNames: [ContiguousArray<UInt8>]
        /// By RFC 2253.
        package let subject: ContiguousArray<UInt8>
        /// SHA-256 of the DER.
        package let digest: ContiguousArray<UInt8>
        /// Most significant byte first, without leading zeros.
        package let serialNumber: ContiguousArray<UInt8>
    }

    /// Reads the names of `certificate`. One with an embedded NUL or that is no UTF-8 is no name (CVE-2025-66220).
    package init(_ certificate: NIOSSLCertificate) {
        self.certificate = certificate
        var uris: [String] = []
        var dnsNames: [String] = []
        var emails: [String] = []
        var addresses: [[UInt8]] = []
        for name in certificate._subjectAlternativeNames() {
            let bytes = Array(name.contents)
            switch name.nameType {
            case .uri: Self.text(bytes).map { uris.append($0) }
            case .dnsName: Self.text(bytes).map { dnsNames.append($0) }
            case .email: Self.text(bytes).map { emails.append($0) }
            case .ipAddress: addresses.append(bytes)
            default: break
            }
        }
        (self.uris, self.dnsNames, self.emails, self.addresses) = (uris, dnsNames, emails, addresses)
        areIdentities = uris.map { SPIFFEIdentity($0) != nil }
        let der = (try? certificate.toDERBytes()) ?? []
        texts = Texts(
            uris: uris.map { ContiguousArray($0.utf8) },
            dnsNames: dnsNames.map { ContiguousArray($0.utf8) },
            subject: ContiguousArray(Self.subject(of: certificate).utf8),
            digest: ContiguousArray(SHA256.hash(data: der).hex.utf8),
            serialNumber: ContiguousArray(certificate.serialNumber.drop { $0 == 0 }.hex.utf8)
        )
    }

    private static func text(_ bytes: [UInt8]) -> String? {
        guard !bytes.contains(where: { $0 < 0x20 || $0 >= 0x7F }) else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Seconds since 1970.
    package var notBefore: Int64 { Int64(certificate.notValidBefore) }
    /// Seconds since 1970.
    package var notAfter: Int64 { Int64(certificate.notValidAfter) }

    /// The certificate as DER; empty if the library cannot say.
    package var der: [UInt8] { (try? certificate.toDERBytes()) ?? [] }

    /// What revocation lists know it by; nil if it cannot be read. Parsed when asked for: most handshakes meet no list.
    var entry: RevocationList.Entry? { RevocationList.Entry(certificate: der) }

    /// SHA-256 of the DER in lower-case hex, as `x-forwarded-client-cert` and pins have it.
    var digest: String { String(decoding: texts.digest, as: UTF8.self) }

    /// Base64 SHA-256 of the public key (`SubjectPublicKeyInfo`), as pins have it.
    var publicKeyDigest: String? {
        guard let key = try? certificate.extractPublicKey().toSPKIBytes() else { return nil }
        return String(decoding: Base64URL.encodeStandard(SHA256.hash(data: key)), as: UTF8.self)
    }

    /// As RFC 2253 prints it: last attribute first; empty for SPIFFE certificates.
    private static func subject(of certificate: NIOSSLCertificate) -> String {
        let parts = certificate.subjectName
        guard !parts.isEmpty else { return "" }
        return parts.reversed()
            .compactMap { part in
                let value = escaped(part.value)
                switch part.type {
                case .commonName: return "CN=" + value
                case .organization: return "O=" + value
                case .organizationalUnit: return "OU=" + value
                case .country: return "C=" + value
                case .city: return "L=" + value
                case .state: return "ST=" + value
                default: return nil
                }
            }
            .joined(separator: ",")
    }

    private static func escaped(_ value: String) -> String {
        value.reduce(into: "") { text, character in
            if ",+\"\\<>;".contains(character) { text.append("\\") }
            text.append(character)
        }
    }
}

extension Sequence<UInt8> {
    /// Lower-case hex.
    package var hex: String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for byte in self {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}
