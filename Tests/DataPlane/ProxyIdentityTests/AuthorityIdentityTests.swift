import GRPCCore
import Logging
import MeshIdentity
import Testing
import X509

@testable import ProxyIdentity

@Suite(.timeLimit(.minutes(5))) struct AuthorityIdentityTests {
    private let folder: ScratchFolder

    init() throws { folder = try ScratchFolder() }

    private func settings(_ port: Int, _ authority: TestAuthority) throws -> AuthoritySettings {
        try folder.write(authority.rootPEM, "root-cert.pem")
        try folder.write("token-1\n", "token")
        return AuthoritySettings(
            identity: webIdentity,
            address: ControlPlaneAddress(
                host: "127.0.0.1",
                port: port,
                rootsFile: "\(folder.path)/root-cert.pem",
                tokenFile: "\(folder.path)/token"
            )
        )
    }

    private let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
    /// Waits pass at once, but for the hour until a renewal.
    private let hasty = IdentityClock(sleep: { wait in
        if wait > .seconds(30) { try await ContinuousClock().sleep(for: wait) }
        try Task.checkCancellation()
        await Task.yield()
    })

    @Test func aCertificateIsAskedForByTokenAndPublished() async throws {
        let authority = try TestAuthority()
        let fake = FakeAuthority(authority)
        try await fake.run { port in
            var settings = try settings(port, authority)
            settings.outputFolder = folder.path
            let service = IdentityService(.authority(settings), clock: hasty, logger: logger)
            #expect(service.publisher.current.unreadyReason?.contains("still to come") == true)
            let running = Task { await service.run() }
            defer { running.cancel() }
            var set = SecretSet()
            for await change in service.publisher.changes where change.workload != nil {
                set = change
                break
            }
            #expect(set.workload?.identity == webIdentity)
            #expect(set.identity == .valid)
            var heard = fake.heard.makeAsyncIterator()
            let call = await heard.next()
            #expect(call?.authorization == "Bearer token-1")
            #expect(call?.seconds == 86_400)
            #expect(service.counts.values == IdentityCounts.Values(requests: 1))
            #expect(try folder.read("cert-chain.pem").contains("BEGIN CERTIFICATE"))
            #expect(try folder.read("key.pem").contains("PRIVATE KEY"))
            #expect(try folder.read("root-cert.pem") == authority.rootPEM + "\n")
        }
    }

    @Test func anOutageIsSurvivedAndTheTokenIsReadAnew() async throws {
        let authority = try TestAuthority()
        let fake = FakeAuthority(authority)
        fake.setOut(true)
        try await fake.run { port in
            let settings = try settings(port, authority)
            let service = IdentityService(.authority(settings), clock: hasty, logger: logger)
            let running = Task { await service.run() }
            defer { running.cancel() }
            for await set in service.publisher.changes {
                if let reason = set.unreadyReason, reason.contains("the authority is out") {
                    #expect(reason.contains("127.0.0.1:\(port)"))
                    break
                }
            }
            try folder.write("token-2", "token")
            fake.setOut(false)
            for await set in service.publisher.changes where set.workload != nil { break }
            for await call in fake.heard where call.authorization == "Bearer token-2" { break }
            #expect(service.counts.values.failures > 0)
        }
    }

    @Test func aServerOfAnotherRootIsNotTrusted() async throws {
        let fake = FakeAuthority(try TestAuthority())
        try await fake.run { port in
            let settings = try settings(port, TestAuthority(name: "other"))
            let service = IdentityService(.authority(settings), clock: hasty, logger: logger)
            let running = Task { await service.run() }
            defer { running.cancel() }
            for await set in service.publisher.changes {
                if let reason = set.unreadyReason, reason.contains("CERTIFICATE_VERIFY_FAILED") { break }
            }
        }
    }

    @Test func withoutTokenAndCertificateTheFileIsNamed() async throws {
        let authority = try TestAuthority()
        var settings = try settings(1, authority)
        settings.address.tokenFile = "/nowhere/token"
        let service = IdentityService(.authority(settings), clock: hasty, logger: logger)
        let running = Task { await service.run() }
        defer { running.cancel() }
        for await set in service.publisher.changes {
            if let reason = set.unreadyReason, reason.contains("no credentials") {
                #expect(reason.contains("/nowhere/token cannot be read"))
                break
            }
        }
    }

    @Test func rootRotationReachesTheTrustAndRenewsEarly() async throws {
        let old = try TestAuthority(name: "old")
        let new = try TestAuthority(name: "new")
        let fake = FakeAuthority(old)
        try await fake.run { port in
            let settings = try settings(port, old)
            let service = IdentityService(.authority(settings), clock: hasty, logger: logger)
            let running = Task { await service.run() }
            defer { running.cancel() }
            var changes = service.publisher.changes.makeAsyncIterator()
            var set = await changes.next()
            while set?.workload == nil { set = await changes.next() }
            let first = try #require(set?.workload)

            // Both roots are trusted: the certificate stays.
            service.trust(TrustBundle(roots: [old.root, new.root], crlPEM: nil))
            while set?.workload?.trustVersion == first.trustVersion { set = await changes.next() }
            #expect(set?.workload?.serial == first.serial)
            #expect(CertificateFacts.read(set?.workload?.rootsPEM ?? []).count == 2)

            // The old root goes: a certificate of the new one is fetched at once.
            fake.rotate(to: new)
            service.trust(TrustBundle(roots: [new.root], crlPEM: nil))
            while set?.workload?.serial == first.serial { set = await changes.next() }
            #expect(CertificateFacts.read(set?.workload?.rootsPEM ?? []).count == 1)
        }
    }

    @Test func theWorkloadsOwnCertificateServesWhereTheTokenIsNotTaken() throws {
        let authority = try TestAuthority()
        let settings = try settings(1, authority)
        let publisher = SecretPublisher()
        let access = ControlPlaneAccess(address: settings.address, publisher: publisher)
        #expect(Array(try access.prepare(failures: 1).metadata[stringValues: "authorization"]) == ["Bearer token-1"])
        let pair = try authority.pair(names: [.uniformResourceIdentifier(webIdentity.description)])
        publisher.setWorkload(
            WorkloadMaterial(
                identity: webIdentity,
                chainPEM: Array(pair.chainPEM.utf8),
                key: PrivateKeyPEM(pair.keyPEM),
                rootsPEM: Array(try authority.rootPEM.utf8),
                crlPEM: nil,
                notBefore: .now(),
                notAfter: .now(),
                serial: "1"
            )
        )
        #expect(Array(try access.prepare(failures: 0).metadata[stringValues: "authorization"]).count == 1)
        #expect(Array(try access.prepare(failures: 1).metadata[stringValues: "authorization"]).isEmpty)
    }
}
