import ProxyBalancing
import ProxySnapshot
import Testing

@Suite struct EjectionLedgerTests {
    private static func address(_ number: Int) -> EndpointAddress {
        .socket(SocketAddressValue(address: IPAddress(v4: UInt32(number)), port: 80))
    }

    private static func ledger(_ limits: OutlierDetection, hosts: Int) -> EjectionLedger {
        var ledger = EjectionLedger(limits, now: 0)
        for number in 0..<hosts { ledger.join(address(number)) }
        return ledger
    }

    private static func limits(
        interval: Duration = .seconds(10),
        percent: UInt32 = 100,
        enforcing: UInt32 = 100,
        maximum: Duration = .seconds(300)
    ) -> OutlierDetection {
        OutlierDetection(
            enforcingConsecutive5xx: enforcing,
            interval: interval,
            baseEjectionTime: .seconds(30),
            maxEjectionTime: maximum,
            maxEjectionPercent: percent
        )
    }

    private var random = RandomSource(seed: 1)

    struct Row: Sendable {
        var percent: UInt32
        var hosts: Int
        /// How many a running Envoy 1.40 ejected when all of them failed.
        var ejected: Int
        var always = false
    }

    /// A share is that after the ejection, so that small ones allow none; `always_eject_one_host` allows the first.
    @Test(arguments: [
        Row(percent: 10, hosts: 3, ejected: 0), Row(percent: 33, hosts: 3, ejected: 0),
        Row(percent: 34, hosts: 3, ejected: 1), Row(percent: 66, hosts: 3, ejected: 1),
        Row(percent: 67, hosts: 3, ejected: 2), Row(percent: 100, hosts: 3, ejected: 3),
        Row(percent: 19, hosts: 5, ejected: 0), Row(percent: 20, hosts: 5, ejected: 1),
        Row(percent: 0, hosts: 3, ejected: 0), Row(percent: 1, hosts: 3, ejected: 1, always: true),
    ])
    mutating func noMoreThanTheShareIsOut(row: Row) {
        var limits = Self.limits(percent: row.percent)
        limits.alwaysEjectsOneHost = row.always
        var ledger = Self.ledger(limits, hosts: row.hosts)
        var verdicts: [EjectionLedger.Verdict] = []
        for number in 0..<row.hosts {
            verdicts.append(ledger.reached(.serverError, at: Self.address(number), now: 1, random: &random))
        }
        #expect(ledger.ejectedCount == row.ejected)
        #expect(verdicts.count { $0 == .ejected } == row.ejected)
        #expect(verdicts.count { $0 == .overflow } == row.hosts - row.ejected)
    }

    @Test mutating func whoIsOutOrGoneIsNotEjectedAgain() {
        var ledger = Self.ledger(Self.limits(), hosts: 2)
        let first = ledger.reached(.serverError, at: Self.address(0), now: 1, random: &random)
        let again = ledger.reached(.gatewayFailure, at: Self.address(0), now: 2, random: &random)
        let stranger = ledger.reached(.serverError, at: Self.address(9), now: 2, random: &random)
        #expect([first, again, stranger] == [.ejected, .ignored, .ignored])
    }

    @Test(arguments: [(0, 0), (30, 30), (100, 100)] as [(UInt32, Int)])
    mutating func onlyTheEnforcedShareIsCarriedOut(percent: UInt32, expected: Int) {
        var ledger = Self.ledger(Self.limits(enforcing: percent), hosts: 1000)
        for number in 0..<1000 { _ = ledger.reached(.serverError, at: Self.address(number), now: 1, random: &random) }
        #expect(abs(ledger.ejectedCount / 10 - expected) <= 4)
    }

    /// How long four ejections take that follow each other at once, the first of them at `start`.
    private mutating func ejections(of ledger: inout EjectionLedger, from start: Int64) -> [Int64] {
        var now = start
        return (0..<4).map { _ in
            _ = ledger.reached(.serverError, at: Self.address(0), now: now, random: &random)
            let began = now
            while let next = ledger.nextSweep, ledger.isEjected(Self.address(0)) {
                now = next
                _ = ledger.sweep(now: now)
            }
            return now - began
        }
    }

    /// Ejections end at the end of an interval, the first after the base time, the next after twice the base time.
    @Test mutating func eachEjectionLastsABaseTimeLonger() {
        var ledger = Self.ledger(Self.limits(), hosts: 1)
        let lengths = ejections(of: &ledger, from: 4000)
        // From 4 s on the ends of intervals are at 10, 20, 30 s ...
        #expect(lengths == [36_000, 60_000, 90_000, 120_000])
    }

    @Test mutating func theLongestEjectionIsTheLongest() {
        var ledger = Self.ledger(Self.limits(maximum: .seconds(60)), hosts: 1)
        let lengths = ejections(of: &ledger, from: 0)
        #expect(lengths == [30_000, 60_000, 60_000, 60_000])
    }

    /// For each whole interval that an endpoint stays in, its next ejection is a base time shorter again.
    @Test mutating func goodConductShortensTheNextEjection() {
        var ledger = Self.ledger(Self.limits(), hosts: 1)
        _ = ledger.reached(.serverError, at: Self.address(0), now: 0, random: &random)
        let returned = ledger.sweep(now: 30_000)
        #expect(returned == [Self.address(0)])
        #expect(ledger.nextSweep == 40_000)
        _ = ledger.sweep(now: 40_000)
        // Nothing is left to do: no timer is wanted.
        #expect(ledger.nextSweep == nil)
        _ = ledger.reached(.serverError, at: Self.address(0), now: 45_000, random: &random)
        #expect(ledger.nextSweep == 50_000)
        let early = ledger.sweep(now: 70_000)
        let inTime = ledger.sweep(now: 80_000)
        #expect(early.isEmpty)
        #expect(inTime == [Self.address(0)])
    }

    @Test mutating func aSweepBeforeItsTimeDoesNothing() {
        var ledger = Self.ledger(Self.limits(interval: .seconds(60)), hosts: 1)
        _ = ledger.reached(.serverError, at: Self.address(0), now: 0, random: &random)
        let early = ledger.sweep(now: 59_999)
        let inTime = ledger.sweep(now: 60_000)
        #expect(early.isEmpty)
        #expect(inTime == [Self.address(0)])
    }

    @Test mutating func jitterLengthensAtRandom() {
        var limits = Self.limits(interval: .milliseconds(1))
        limits.maxEjectionTimeJitter = .seconds(5)
        var ledger = Self.ledger(limits, hosts: 200)
        for number in 0..<200 { _ = ledger.reached(.serverError, at: Self.address(number), now: 0, random: &random) }
        let early = ledger.sweep(now: 29_999)
        let half = ledger.sweep(now: 32_500)
        let rest = ledger.sweep(now: 35_000)
        #expect(early.isEmpty)
        #expect((70...130).contains(half.count))
        #expect(half.count + rest.count == 200)
    }

    @Test mutating func anEndpointIsForgottenWithItsLastUser() {
        var ledger = Self.ledger(Self.limits(), hosts: 2)
        ledger.join(Self.address(0))
        _ = ledger.reached(.serverError, at: Self.address(0), now: 1, random: &random)
        let first = ledger.leave(Self.address(0))
        #expect(first == false)
        #expect(ledger.isEjected(Self.address(0)))
        let last = ledger.leave(Self.address(0))
        #expect(last == true)
        #expect(ledger.ejectedCount == 0)
        ledger.join(Self.address(0))
        #expect(!ledger.isEjected(Self.address(0)))
    }
}
