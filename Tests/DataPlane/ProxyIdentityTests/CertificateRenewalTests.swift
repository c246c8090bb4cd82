import Testing

@testable import ProxyIdentity

@Suite struct CertificateRenewalTests {
    /// Yields the same number again and again: 1 is the least of a closed range, `UInt64.max` the most; 0 is never taken.
    struct Fixed: RandomNumberGenerator {
        var value: UInt64
        mutating func next() -> UInt64 { value }
    }

    private static let start = UnixTime(seconds: 1_000_000)

    private func machine(ratio: Double = 0.5, jitter: Double = 0.01) -> CertificateRenewal {
        CertificateRenewal(
            policy: .init(graceRatio: ratio, graceJitter: jitter),
            identity: "spiffe://cluster.local/ns/shop/sa/web",
            authority: "istiod:15012"
        )
    }

    private func after(_ seconds: Double) -> UnixTime { Self.start.advanced(by: .seconds(seconds)) }

    private func wake(_ actions: [CertificateRenewal.Action]) -> UnixTime? {
        actions.compactMap { if case .wake(let moment) = $0 { moment } else { nil } }.first
    }

    @Test func asksAtOnceAndSaysWhatItWaitsFor() {
        var machine = machine()
        var chance = Fixed(value: 1)
        let actions = machine.handle(.started, at: Self.start, using: &chance)
        guard case .pending(let reason)? = actions.first else {
            Issue.record("\(actions)")
            return
        }
        #expect(reason.contains("spiffe://cluster.local/ns/shop/sa/web") && reason.contains("istiod:15012"))
        #expect(actions.contains(.request))
    }

    struct Life: Sendable {
        var ratio: Double
        var seconds: Double
        var datedBack: Double
        var chance: UInt64
        var renewedAfter: Double

        init(_ ratio: Double, _ seconds: Double, _ datedBack: Double, _ chance: UInt64, _ renewedAfter: Double) {
            (self.ratio, self.seconds, self.datedBack) = (ratio, seconds, datedBack)
            (self.chance, self.renewedAfter) = (chance, renewedAfter)
        }

        static let middle = UInt64(1) << 63

        static let all = [
            Life(0.5, 86_400, 120, middle, 43_200),
            Life(0.5, 86_400, 120, 1, 43_200 + 864),
            Life(0.5, 86_400, 120, .max, 43_200 - 864),
            Life(0.5, 60, 120, middle, 30),
            Life(0.2, 1000, 0, middle, 800),
            Life(1, 1000, 0, middle, 1),
            Life(0, 1000, 0, middle, 1000),
        ]
    }

    @Test(arguments: Life.all)
    func renewsWhenThePartOfTheLifeIsLeft(life: Life) throws {
        var machine = machine(ratio: life.ratio)
        var chance = Fixed(value: life.chance)
        _ = machine.handle(.started, at: Self.start, using: &chance)
        let issued = CertificateRenewal.Event.issued(notBefore: after(-life.datedBack), notAfter: after(life.seconds))
        let moment = try #require(wake(machine.handle(issued, at: Self.start, using: &chance)))
        let seconds = Double(Self.start.duration(to: moment).components.seconds)
        #expect(abs(seconds - life.renewedAfter) <= 1, "\(seconds)")
    }

    @Test func theJitterStaysWithinOnePercentOfTheLife() throws {
        var chance = SystemRandomNumberGenerator()
        var seen: Set<Int64> = []
        for _ in 0..<500 {
            var machine = machine()
            _ = machine.handle(.started, at: Self.start, using: &chance)
            let event = CertificateRenewal.Event.issued(notBefore: after(-120), notAfter: after(86_400))
            let moment = try #require(wake(machine.handle(event, at: Self.start, using: &chance)))
            let seconds = Self.start.duration(to: moment).components.seconds
            #expect((43_200 - 865...43_200 + 865).contains(seconds))
            seen.insert(seconds)
        }
        #expect(seen.count > 100)
    }

    @Test func anOutageIsRetriedWithBackOffUpToHalfAMinute() throws {
        var machine = machine()
        var chance = Fixed(value: .max)
        _ = machine.handle(.started, at: Self.start, using: &chance)
        _ = machine.handle(.issued(notBefore: after(0), notAfter: after(86_400)), at: Self.start, using: &chance)
        var now = after(43_200)
        _ = machine.handle(.woke, at: now, using: &chance)
        for attempt in 1...9 {
            let actions = machine.handle(.failed(reason: "refused"), at: now, using: &chance)
            #expect(machine.failures == attempt)
            let moment = try #require(wake(actions))
            let wait = now.duration(to: moment)
            #expect(wait <= .seconds(30))
            #expect(wait >= .milliseconds(min(29_999, 250 << (attempt - 1))))
            #expect(machine.handle(.woke, at: now, using: &chance).contains(.request) == false)
            now = moment
            #expect(machine.handle(.woke, at: now, using: &chance).contains(.request))
        }
    }

    /// Fault 12: no certificate, one that ended, and one of a minute that is about to.
    @Test(arguments: [nil, 60, 86_400] as [Double?]) func whoHasNoCertificateLooksForTheAuthorityEveryFewSeconds(
        life: Double?
    ) throws {
        var machine = machine()
        var chance = Fixed(value: .max)
        var now = Self.start
        _ = machine.handle(.started, at: now, using: &chance)
        if let life {
            _ = machine.handle(.issued(notBefore: after(0), notAfter: after(life)), at: now, using: &chance)
            now = after(life / 2)
            _ = machine.handle(.woke, at: now, using: &chance)
        }
        let end = after((life ?? 0) + 120)
        while now < end {
            let isUrgent = life.map { now >= after($0 - 32) } ?? true
            let moment = try #require(wake(machine.handle(.failed(reason: "refused"), at: now, using: &chance)))
            #expect(!isUrgent || now.duration(to: moment) <= .seconds(4), "at \(now) until \(moment)")
            now = moment
            var actions = machine.handle(.woke, at: now, using: &chance)
            // The moment of the expiry wakes it too.
            while !actions.contains(.request) {
                now = try #require(wake(actions))
                actions = machine.handle(.woke, at: now, using: &chance)
            }
        }
    }

    @Test func theOldCertificateServesUntilItExpiresAndThenTheReasonIsNamed() throws {
        var machine = machine()
        var chance = Fixed(value: UInt64(1) << 63)
        _ = machine.handle(.started, at: Self.start, using: &chance)
        _ = machine.handle(.issued(notBefore: after(0), notAfter: after(100)), at: Self.start, using: &chance)
        #expect(machine.handle(.woke, at: after(50), using: &chance).contains(.request))
        let failed = machine.handle(.failed(reason: "connection refused"), at: after(51), using: &chance)
        #expect(!failed.contains { if case .expire = $0 { true } else { false } })
        _ = machine.handle(.woke, at: after(60), using: &chance)
        let late = machine.handle(.woke, at: after(100), using: &chance)
        guard case .expire(let reason)? = late.first else {
            Issue.record("\(late)")
            return
        }
        #expect(
            reason == "certificate of spiffe://cluster.local/ns/shop/sa/web expired at \(after(100)); "
                + "the CA at istiod:15012 is unreachable: connection refused"
        )
        let back = machine.handle(.issued(notBefore: after(99), notAfter: after(300)), at: after(101), using: &chance)
        #expect(wake(back) == after(101 + 99.5))
    }

    @Test func aRequestThatHangsDoesNotHideTheExpiry() {
        var machine = machine()
        var chance = Fixed(value: UInt64(1) << 63)
        _ = machine.handle(.started, at: Self.start, using: &chance)
        _ = machine.handle(.issued(notBefore: after(0), notAfter: after(10)), at: Self.start, using: &chance)
        let asks = machine.handle(.woke, at: after(5), using: &chance)
        #expect(asks == [.request, .wake(at: after(10))])
        let ends = machine.handle(.woke, at: after(10), using: &chance)
        #expect(ends.count == 1 && !ends.contains(.request))
    }

    @Test func neverTwoRequestsAtATime() {
        var machine = machine()
        var chance = SystemRandomNumberGenerator()
        _ = machine.handle(.started, at: Self.start, using: &chance)
        for second in 0..<100 {
            #expect(!machine.handle(.woke, at: after(Double(second)), using: &chance).contains(.request))
        }
    }

    @Test func aLeavingRootRenewsWithinSeconds() throws {
        var machine = machine()
        var chance = Fixed(value: .max)
        _ = machine.handle(.started, at: Self.start, using: &chance)
        _ = machine.handle(.issued(notBefore: after(0), notAfter: after(86_400)), at: Self.start, using: &chance)
        let moment = try #require(wake(machine.handle(.rootIsLeaving, at: after(10), using: &chance)))
        #expect(moment <= after(15))
        #expect(machine.handle(.woke, at: moment, using: &chance).contains(.request))
    }

    @Test func anAuthorityThatGivesNoLifeIsNotAskedWithoutPause() throws {
        var machine = machine()
        var chance = Fixed(value: 1)
        _ = machine.handle(.started, at: Self.start, using: &chance)
        let actions = machine.handle(
            .issued(notBefore: after(0), notAfter: after(0.1)),
            at: Self.start,
            using: &chance
        )
        #expect(!actions.contains(.request))
    }
}
