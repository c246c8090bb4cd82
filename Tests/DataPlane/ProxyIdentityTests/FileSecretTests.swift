import SecurityTags
import Synchronization
import Testing
import X509

@testable import ProxyIdentity

@Suite struct FileSecretTests {
    private let folder: ScratchFolder
    private let authority: TestAuthority

    init() throws {
        folder = try ScratchFolder()
        authority = try TestAuthority()
    }

    private var certificateName: String { "file-cert:\(folder.path)/cert.pem~\(folder.path)/key.pem" }
    private var rootsName: String { "file-root:\(folder.path)/root.pem" }

    private func writePair(from start: Duration = .seconds(-120), until end: Duration = .seconds(86_400)) throws
        -> String
    {
        let pair = try authority.pair(names: [.dnsName("web")], from: start, until: end)
        try folder.write(pair.chainPEM, "cert.pem")
        try folder.write(pair.keyPEM, "key.pem")
        return pair.chainPEM
    }

    @Test(arguments: [
        ("file-cert:/a/cert~/a/key", SecretName.Files.certificate(chain: "/a/cert", key: "/a/key")),
        ("file-root:/a/ca", .roots("/a/ca")),
        ("file-cert:/a/cert", nil), ("file-cert:~/a", nil), ("file-cert:a~b~c", nil), ("file-root:", nil),
        ("default", nil), ("kubernetes://shop", nil),
    ])
    func namesAreRead(name: String, files: SecretName.Files?) {
        #expect(SecretName.files(name) == files)
    }

    @Test func aCertificateOfTheFutureIsUsedOnceItIsValid() throws {
        let chain = try writePair(from: .seconds(480))
        let publisher = SecretPublisher()
        publisher.want([certificateName])
        guard case .unavailable(let reason) = publisher.current[certificateName] else {
            Issue.record("\(publisher.current[certificateName])")
            return
        }
        #expect(reason.hasSuffix(": clock skew?"))
        publisher.refreshFiles(at: UnixTime.now().advanced(by: .seconds(481)))
        guard case .tlsCertificate(let pem, _) = publisher.current[certificateName] else {
            Issue.record("\(publisher.current[certificateName])")
            return
        }
        #expect(pem == Array(chain.utf8))
    }

    @Test func aWantedFileIsReadAtOnceAndReadAgainWhenItChanges() throws {
        let chain = try writePair()
        try folder.write(authority.rootPEM, "root.pem")
        let publisher = SecretPublisher()
        let versions = Mutex<[UInt64]>([])
        let subscription = publisher.subscribe { set in versions.withLock { $0.append(set.version) } }
        publisher.want([certificateName, rootsName, "default"])
        guard case .tlsCertificate(let pem, _) = publisher.current[certificateName] else {
            Issue.record("\(publisher.current[certificateName])")
            return
        }
        #expect(pem == Array(chain.utf8))
        #expect(versions.withLock { $0 } == [1, 2])
        publisher.refreshFiles(at: .now())
        #expect(publisher.current.version == 2)
        _ = try writePair()
        publisher.refreshFiles(at: .now())
        #expect(publisher.current.entries[certificateName]?.revision == 2)
        #expect(publisher.current.entries[rootsName]?.revision == 1)
        subscription.cancel()
        _ = try writePair()
        publisher.refreshFiles(at: .now())
        #expect(versions.withLock { $0 } == [1, 2, 3])
    }

    @Test(.tags(.sec23), arguments: ["", "nonsense", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
    func aBrokenNewFileKeepsTheLastGoodOneAndWarns(text: String) throws {
        _ = try writePair()
        let warnings = Mutex<[String]>([])
        let publisher = SecretPublisher { line in warnings.withLock { $0.append(line) } }
        publisher.want([certificateName])
        let good = publisher.current[certificateName]
        try folder.write(text, "cert.pem")
        publisher.refreshFiles(at: .now())
        publisher.refreshFiles(at: .now())
        #expect(publisher.current[certificateName] == good)
        let lines = warnings.withLock { $0 }
        #expect(lines.count == 1 && lines[0].contains("cert.pem") && lines[0].contains("stays in use"))
        #expect(publisher.fileFailures == 1)
    }

    @Test(.tags(.sec23)) func aKeyThatIsNotOfTheCertificateIsRefusedWithoutShowingIt() throws {
        _ = try writePair()
        let other = try authority.pair(names: [.dnsName("web")])
        try folder.write(other.keyPEM, "key.pem")
        let publisher = SecretPublisher()
        publisher.want([certificateName])
        guard case .unavailable(let reason) = publisher.current[certificateName] else {
            Issue.record("it was accepted")
            return
        }
        #expect(reason.contains("not for the private key"))
        #expect(!reason.contains("PRIVATE KEY"))
    }

    @Test(.tags(.sec23)) func aMissingFileComesLater() throws {
        let publisher = SecretPublisher()
        publisher.want([rootsName])
        guard case .unavailable(let reason) = publisher.current[rootsName] else {
            Issue.record("there is no file")
            return
        }
        #expect(reason.contains("root.pem cannot be read: No such file"))
        try folder.write(authority.rootPEM, "root.pem")
        publisher.refreshFiles(at: .now())
        #expect(publisher.current[rootsName] == .validation(rootsPEM: Array(try authority.rootPEM.utf8), crlPEM: nil))
    }

    @Test func anExpiredFileIsNoLongerServed() throws {
        _ = try writePair(until: .seconds(60))
        let publisher = SecretPublisher()
        publisher.want([certificateName])
        publisher.refreshFiles(at: UnixTime.now().advanced(by: .seconds(62)))
        guard case .unavailable(let reason) = publisher.current[certificateName] else {
            Issue.record("it is served")
            return
        }
        #expect(reason.contains("expired at"))
    }

    @Test func subscribersMayChangeWhatTheyHearOf() throws {
        try folder.write(authority.rootPEM, "root.pem")
        let publisher = SecretPublisher()
        let name = rootsName
        let seen = Mutex<[UInt64]>([])
        let subscription = publisher.subscribe { set in
            seen.withLock { $0.append(set.version) }
            publisher.want([name])
        }
        publisher.setIdentity(.pending(reason: "first"))
        #expect(seen.withLock { $0 } == [1, 2])
        withExtendedLifetime(subscription) {}
    }
}
