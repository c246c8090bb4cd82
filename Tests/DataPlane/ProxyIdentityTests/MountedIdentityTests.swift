import Logging
import MeshIdentity
import SecurityTags
import Testing
import X509

@testable import ProxyIdentity

@Suite(.timeLimit(.minutes(5))) struct MountedIdentityTests {
    private let folder: ScratchFolder
    private let authority: TestAuthority

    init() throws {
        folder = try ScratchFolder()
        authority = try TestAuthority()
    }

    private func writePair(_ authority: TestAuthority, until end: Duration = .seconds(86_400)) throws {
        let uri = GeneralName.uniformResourceIdentifier(webIdentity.description)
        let pair = try authority.pair(names: [uri], until: end)
        try folder.write(pair.chainPEM, "cert-chain.pem")
        try folder.write(pair.keyPEM, "key.pem")
        try folder.write(authority.rootPEM, "root-cert.pem")
    }

    private func service() -> (IdentityService, Task<Void, Never>) {
        // Looks again as often as the machine lets it.
        let clock = IdentityClock(sleep: { _ in
            try Task.checkCancellation()
            await Task.yield()
        })
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        let service = IdentityService(.files(.inFolder(folder.path)), clock: clock, logger: logger)
        return (service, Task { await service.run() })
    }

    @Test func mountedCertificatesAreTheIdentityAndAreReadAgain() async throws {
        try writePair(authority)
        let (service, running) = service()
        defer { running.cancel() }
        var changes = service.publisher.changes.makeAsyncIterator()
        var set = await changes.next()
        while set?.workload == nil { set = await changes.next() }
        let first = try #require(set?.workload)
        #expect(first.identity == webIdentity)
        #expect(set?.identity == .valid && set?.unreadyReason == nil)
        #expect(first.trustVersion == 1)

        // The same roots: the trust stays as it was.
        try writePair(authority)
        while set?.workload?.serial == first.serial { set = await changes.next() }
        let second = try #require(set?.workload)
        #expect(second.version > first.version && second.trustVersion == 1)

        try writePair(TestAuthority(name: "other"))
        while set?.workload?.trustVersion == 1 { set = await changes.next() }
        #expect(set?.workload?.rootsPEM != first.rootsPEM)
    }

    @Test(.tags(.sec23)) func withoutFilesTheProxyIsNotReadyAndSaysWhich() async throws {
        let (service, running) = service()
        defer { running.cancel() }
        for await set in service.publisher.changes {
            if let reason = set.unreadyReason, reason.contains("No such file") {
                #expect(reason.contains("cert-chain.pem"))
                break
            }
        }
        try writePair(authority)
        for await set in service.publisher.changes where set.unreadyReason == nil { break }
    }

    /// Fault 13: nobody has to mount it again.
    @Test func aCertificateOfTheFutureIsNamedOnceAndUsedOnceItIsValid() throws {
        let uri = GeneralName.uniformResourceIdentifier(webIdentity.description)
        let pair = try authority.pair(names: [uri], from: .seconds(480))
        for (text, name) in [(pair.chainPEM, "chain"), (pair.keyPEM, "key"), (try authority.rootPEM, "roots")] {
            try folder.write(text, name)
        }
        var mounted = MountedIdentity(
            MountedCertificate(chain: "\(folder.path)/chain", key: "\(folder.path)/key", roots: "\(folder.path)/roots")
        )
        let now = UnixTime.now()
        guard case .refused(let reason, keepsFormer: false) = mounted.look(at: now) else {
            Issue.record("not refused")
            return
        }
        #expect(reason.hasSuffix(": clock skew?"))
        guard case .none = mounted.look(at: now.advanced(by: .seconds(470))) else {
            Issue.record("told again")
            return
        }
        guard case .use = mounted.look(at: now.advanced(by: .seconds(481))) else {
            Issue.record("not used")
            return
        }
    }

    @Test func anExpiredCertificateIsWithdrawnButItsRootsStay() throws {
        try writePair(authority, until: .seconds(60))
        var mounted = MountedIdentity(.inFolder(folder.path))
        guard case .use(let material) = mounted.look(at: .now()) else {
            Issue.record("not read")
            return
        }
        let publisher = SecretPublisher()
        publisher.setWorkload(material)
        guard case .expired(let reason) = mounted.look(at: UnixTime.now().advanced(by: .seconds(62))) else {
            Issue.record("not expired")
            return
        }
        publisher.setIdentity(.expired(reason: reason))
        let set = publisher.current
        #expect(set["default"] == .unavailable(reason: reason))
        #expect(reason.hasPrefix("certificate of spiffe://cluster.local/ns/shop/sa/web expired at "))
        #expect(set.workload == nil && set.unreadyReason == nil)
        guard case .validation = set["ROOTCA"] else {
            Issue.record("the roots are gone")
            return
        }
    }
}
