import Foundation
import MeshTesting
import Testing
import X509

@testable import ProxyTLS

/// Fault 13: a clock that is two minutes off does nothing, one that is ten minutes off is named.
@Suite("Clocks that differ") struct ClockSkewTests {
    private static let uri = "spiffe://cluster.local/ns/default/sa/web"

    /// Authorities date certificates two minutes back.
    private static func leaf(by authority: TestAuthority, ahead: TimeInterval, life: TimeInterval = 3600) throws
        -> IssuedLeaf
    { try authority.issue(TestLeaf(uris: [uri], startsIn: ahead - 120, expiresIn: ahead + life)) }

    @Test(arguments: [-600.0, -120, 0, 110]) func aPeerOfAClockThatIsALittleAheadComesIn(ahead: TimeInterval) throws {
        let handshake = try HandshakeInMemory(TestAuthority())
        #expect(try handshake.outcome(of: Self.leaf(by: handshake.authority, ahead: ahead)) == .accepted)
    }

    @Test func aCertificateOfTheFutureIsNamedWithBothTimes() throws {
        let handshake = try HandshakeInMemory(TestAuthority())
        let leaf = try Self.leaf(by: handshake.authority, ahead: 600)
        let text = try #require(try handshake.logged(of: leaf))
        let start = leaf.certificate.notValidBefore.formatted(.iso8601).dropLast()
        #expect(text.hasPrefix("TLS_error:|268435581:SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED"))
        #expect(text.contains("the peer's certificate is not valid before \(start)"), "\(text)")
        #expect(text.hasSuffix(": clock skew?"))
    }

    @Test func aCertificateThatEndedAMomentAgoMayBeAnAffairOfClocks() throws {
        let handshake = try HandshakeInMemory(TestAuthority())
        let ended = try handshake.logged(of: Self.leaf(by: handshake.authority, ahead: -600, life: 60))
        #expect(try #require(ended).contains("the peer's certificate expired at "))
        #expect(try #require(ended).hasSuffix(": clock skew?"))
        let old = try handshake.logged(of: Self.leaf(by: handshake.authority, ahead: -86_400, life: 60))
        #expect(try #require(old).contains("the peer's certificate expired at "))
        #expect(try !#require(old).contains("clock skew?"))
    }

    @Test func whoIsRefusedForAnotherReasonIsNotToldOfClocks() throws {
        let handshake = try HandshakeInMemory(TestAuthority())
        let text = try handshake.logged(of: Self.leaf(by: TestAuthority("other"), ahead: 0))
        #expect(text == "TLS_error:|268435581:SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED:TLS_error_end")
    }

    @Test(arguments: [Int64.min, -1, 0, 253_402_300_800, .max]) func noTimeReachesATrap(now: Int64) throws {
        let leaf = try Self.leaf(by: TestAuthority(), ahead: 0)
        #expect(try HandshakeInMemory.peer(of: leaf).timeProblem(now: now) != nil)
    }
}
