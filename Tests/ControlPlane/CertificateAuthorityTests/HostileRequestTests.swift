import Crypto
import CryptoExtras
import Foundation
import SecurityTags
import SwiftASN1
import Testing
import X509

@testable import CertificateAuthority

@Suite(.tags(.sec30, .sec31)) struct HostileRequestTests {
    private func refusal(_ csr: String) throws -> SigningError? {
        let authority = try AuthorityFixture.selfSigned()
        do throws(SigningError) {
            _ = try authority.sign(csr: csr, for: AuthorityFixture.identity, now: AuthorityFixture.now)
            return nil
        } catch {
            return error
        }
    }

    private static func pem(_ bytes: [UInt8], _ type: String = "CERTIFICATE REQUEST") -> String {
        PEMDocument(type: type, derBytes: bytes).pemString
    }

    @Test(arguments: [
        "", " ", "\n\n", "garbage", "-----BEGIN CERTIFICATE REQUEST-----", "\0\0\0", "-----BEGIN -----",
        "-----BEGIN CERTIFICATE REQUEST-----\n-----END CERTIFICATE REQUEST-----",
        "-----BEGIN CERTIFICATE REQUEST-----\n!!!!\n-----END CERTIFICATE REQUEST-----",
        "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END PRIVATE KEY-----",
        pem([]), pem([0x30]), pem([0x30, 0x00]), pem([0x30, 0x80, 0, 0]), pem([0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF]),
        pem([UInt8](repeating: 0x30, count: 3000)), pem([UInt8](repeating: 0xFF, count: 3000)),
        pem([0x30, 0x03, 0x02, 0x01, 0x00]), pem([0x30, 0, 0x30, 0]), pem([0x30, 3, 2, 1, 0], "CERTIFICATE"),
        pem([0x30, 3, 2, 1, 0], "PRIVATE KEY"), pem([0x02, 0x01, 0x00]),
        pem(stride(from: 1000, to: 0, by: -4).flatMap { [0x30, 0x82, UInt8($0 >> 8), UInt8($0 & 255)] }),
    ])
    func garbageIsUnreadable(csr: String) throws {
        guard case .unreadable = try refusal(csr) else {
            Issue.record("not refused as unreadable: \(csr.prefix(80))")
            return
        }
    }

    @Test func bigRequestsAreNotRead() throws {
        #expect(try refusal(String(repeating: "A", count: 100 << 10)) == .tooLarge(bytes: 100 << 10))
        let names = (0..<400).map { GeneralName.dnsName("name-\($0).example.org.with.a.long.end.of.no.use") }
        let extensions = try Certificate.Extensions { SubjectAlternativeNames(names) }
        let csr = try AuthorityFixture.request(extensions: extensions)
        guard case .tooLarge = try refusal(csr) else {
            Issue.record("a CSR of \(csr.utf8.count) bytes was read")
            return
        }
    }

    @Test func everyChangedByteIsRefused() throws {
        let csr = try PEMDocument(pemString: AuthorityFixture.request()).derBytes
        for index in csr.indices {
            for change: UInt8 in [index % 2 == 0 ? 1 : 0x80] {
                var bytes = csr
                bytes[index] ^= change
                // How many bits at the end of the signature do not count: to write one more is to write the same.
                guard index < 120 || csr[index] != 0 || csr[index - 2] != 0x03 else { continue }
                #expect(try refusal(Self.pem(bytes)) != nil, "byte \(index) ^ \(change) of \(csr)")
            }
        }
    }

    @Test func everyCutIsRefused() throws {
        let csr = try PEMDocument(pemString: AuthorityFixture.request()).derBytes
        for count in csr.indices { #expect(try refusal(Self.pem(Array(csr[..<count]))) != nil) }
    }

    /// Made with OpenSSL: nothing else signs with keys this short.
    @Test func shortRSAKeysAreRefused() throws {
        let csr512 = """
            -----BEGIN CERTIFICATE REQUEST-----
            MIG5MGUCAQAwADBcMA0GCSqGSIb3DQEBAQUAA0sAMEgCQQChtHfJXqwFyrcffrp7
            /pOtqX2jchtJ+SF3AH1QY9UHIm8LGUFDVlyOW0/vAV3a7opMDmqRczD0tpSdcyD0
            /ze9AgMBAAGgADANBgkqhkiG9w0BAQsFAANBACIyehuXppoLOxTbOqS0CjBQI5cn
            AQeFJ8QqusxW03yRpu4Rc9Fcb0jOChj0y+ft4pntWkLGtqyX65rpLZrW5qc=
            -----END CERTIFICATE REQUEST-----
            """
        #expect(try refusal(csr512) == .keySize(bits: nil))
        let small = try _RSA.Signing.PrivateKey(unsafeKeySize: .init(bitCount: 1024))
        let error = try refusal(AuthorityFixture.request(Certificate.PrivateKey(small)))
        guard case .keySize = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func unusualCurvesAreRefused() throws {
        let csr = try AuthorityFixture.request(Certificate.PrivateKey(P521.Signing.PrivateKey()))
        #expect(try refusal(csr) == .unsupportedKey(kind: "ECDSA P-521"))
    }

    @Test func aKeyThatTheCallerDoesNotHoldIsRefused() throws {
        // The signature of one request under the content of another.
        let mine = try CertificateSigningRequest(pemEncoded: AuthorityFixture.request())
        let other = try CertificateSigningRequest(pemEncoded: AuthorityFixture.request())
        let forged = try CertificateSigningRequest(
            version: other.version,
            subject: other.subject,
            publicKey: other.publicKey,
            attributes: other.attributes,
            signatureAlgorithm: other.signatureAlgorithm,
            signature: mine.signature
        )
        #expect(try refusal(try forged.serializeAsPEM().pemString) == .badSignature)
    }

    @Test func secondBlocksDoNotCount() throws {
        let csr = try AuthorityFixture.request() + "\n" + AuthorityFixture.request()
        _ = try refusal(csr)
    }
}
