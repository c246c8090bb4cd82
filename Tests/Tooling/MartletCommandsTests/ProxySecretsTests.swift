import ArgumentParser
import CustomDump
import Foundation
import KubernetesAPI
import Testing

@testable import MartletCommands

/// `martlet proxy-config secret` from dumps.
@Suite struct ProxySecretsTests {
    /// A root of 2026 to 2036.
    private static let certificate = """
        -----BEGIN CERTIFICATE-----
        MIIBSzCB8qADAgECAgQKGyw9MAoGCCqGSM49BAMCMBQxEjAQBgNVBAMMCXRlc3Qg
        cm9vdDAeFw0yNjAxMDEwMDAwMDBaFw0zNjAxMDEwMDAwMDBaMBQxEjAQBgNVBAMM
        CXRlc3Qgcm9vdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABARty0NLaFg1wPLB
        PJJflFOjPwuK9Hy2fYeS7AmtpGcmMYCPBKJSD151TEiSyn11pxgzaE7OUPJJBaZ3
        gnXzJMajMjAwMA8GA1UdEwEB/wQFMAMBAf8wHQYDVR0OBBYEFHG3P3o7l76ZqucF
        so10JwCDtfgAMAoGCCqGSM49BAMCA0gAMEUCIQC9cdOm8imirJyjg9knn0Z9t5JM
        JJpLJUIEL10hAG+cdwIgXEhWoSSs1GpTzU7A9ETkQtiAwi5ax/zxBcPK207hCIg=
        -----END CERTIFICATE-----

        """

    private var dump: JSONValue {
        let pem: JSONValue = ["inline_bytes": .string(Base64.encode(Self.certificate.utf8))]
        let both: JSONValue = ["inline_string": .string(Self.certificate + Self.certificate)]
        return [
            "configs": [
                [
                    "@type": "type.googleapis.com/envoy.admin.v3.SecretsConfigDump",
                    "dynamic_active_secrets": [
                        [
                            "name": "default", "version_info": "1",
                            "secret": [
                                "name": "default",
                                "tls_certificate": [
                                    "certificate_chain": pem, "private_key": ["inline_bytes": "a-key-that-leaked"],
                                ],
                            ],
                        ],
                        ["name": "ROOTCA", "secret": ["validation_context": ["trusted_ca": both]]],
                    ],
                    "dynamic_warming_secrets": [
                        [
                            "name": "kubernetes://shop", "version_info": "uninitialized", "secret": [:],
                            "error_state": ["details": "there is no Secret shop"],
                        ]
                    ],
                ]
            ]
        ]
    }

    @Test func certificatesAreReadFromTheDump() throws {
        let now = Date(timeIntervalSince1970: 1_790_000_000)
        expectNoDifference(
            ProxySecrets(dump).text(now: now).split(separator: "\n").map { line in
                line.split(separator: "  ", omittingEmptySubsequences: true).map { $0.trimmingPrefix(" ") }
                    .joined(separator: "|")
            },
            [
                "RESOURCE NAME|TYPE|STATUS|VALID CERT|SERIAL NUMBER|NOT AFTER|NOT BEFORE",
                "ROOTCA|CA|ACTIVE|true|0a1b2c3d|2036-01-01T00:00:00Z|2026-01-01T00:00:00Z",
                "ROOTCA|CA|ACTIVE|true|0a1b2c3d|2036-01-01T00:00:00Z|2026-01-01T00:00:00Z",
                "default|Cert Chain|ACTIVE|true|0a1b2c3d|2036-01-01T00:00:00Z|2026-01-01T00:00:00Z",
                "kubernetes://shop|WARMING|false",
            ]
        )
        #expect(ProxySecrets(dump).entries.map(\.missing) == [nil, nil, "there is no Secret shop"])
    }

    @Test(arguments: [1_700_000_000, 2_200_000_000])
    func certificatesOfAnotherTimeAreNotValid(seconds: Int) {
        let text = ProxySecrets(dump).text(now: Date(timeIntervalSince1970: TimeInterval(seconds)))
        #expect(!text.contains("true"))
    }

    @Test func keysAreNeverPrinted() {
        let text = ProxySecrets(dump).redacted.prettyText
        #expect(!text.contains("leaked"))
        #expect(text.contains(#""private_key" : "[redacted]""#))
    }

    @Test(arguments: [
        [], ["a.b", "-f", "dump.json"],
    ])
    func eitherAPodOrADumpIsNeeded(arguments: [String]) {
        #expect(throws: (any Error).self) { try ProxySecretCommand.parse(arguments) }
    }

    @Test(arguments: [
        "pc secret a.b", "proxy-config s a -n b -o json", "proxy-config secrets -f dump.json",
        "x authz check a.b", "experimental authz check a.b -f dir", "authn tls-check a.b c.d -f dir", "ps",
        "ps a -n b -v 1",
    ])
    func theNamesOfIstioctlAreKnown(line: String) throws {
        _ = try MartletCommand.parseAsRoot(line.split(separator: " ").map(String.init))
    }
}
