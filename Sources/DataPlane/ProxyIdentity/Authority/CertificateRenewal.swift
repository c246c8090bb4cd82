/// When a certificate is asked for, renewed, asked for again, and given up: a state machine without clock, chance or wire.
///
/// Renews when half of the life is left, a little earlier or later at random so that a thousand pods that started together
/// do not ask together; asks again with jittered exponential back-off; keeps the old certificate until it expires, and
/// then says so at once, whether a request is under way or not.
struct CertificateRenewal: Sendable {
    /// What the waits follow.
    struct Policy: Sendable {
        /// Part of the life that is left at renewal, 0 to 1.
        var graceRatio: Double
        /// How far that part differs at random.
        var graceJitter: Double
        /// The first wait after a failure, at most.
        var firstRetry: Duration = .milliseconds(500)
        /// Every wait after failures, at most, while the certificate has long to live.
        var lastRetry: Duration = .seconds(30)
        /// The same without a certificate, or with one that is about to end: what is refused for want of one is to work
        /// again within five seconds of the authority's return.
        var urgentRetry: Duration = .seconds(4)
        /// The part of the life that is left within which an authority that is back is noticed.
        var retryPart: Double = 0.125
        /// Renewals that a leaving root causes are spread over this time.
        var rootChangeSpread: Duration = .seconds(5)
        /// However short a life the authority gives, it is not asked more often.
        var shortestPause: Duration = .seconds(1)
    }

    enum Event: Sendable {
        case started
        /// A moment named by ``Action/wake(at:)`` has come; too early or too often does no harm.
        case woke
        /// The authority's answer was verified and is in use.
        case issued(notBefore: UnixTime, notAfter: UnixTime)
        /// There was no answer, or one that is not to be used.
        case failed(reason: String)
        /// The roots that peers trust no longer have the one our certificate leads to.
        case rootIsLeaving
    }

    enum Action: Sendable, Equatable {
        /// Ask the authority; exactly one ``Event/issued(notBefore:notAfter:)`` or ``Event/failed(reason:)`` follows.
        case request
        /// Send ``Event/woke`` then; takes the place of any former one.
        case wake(at: UnixTime)
        /// There is no certificate yet, and why.
        case pending(reason: String)
        /// The certificate is over: publish that there is none, and why.
        case expire(reason: String)
    }

    private struct Held {
        var notAfter: UnixTime
        var renewAt: UnixTime
    }

    private let policy: Policy
    private let identity: String
    private let authority: String
    private var held: Held?
    private var isRequesting = false
    private var retryAt: UnixTime?
    private var retryLimit: Duration
    private var lastFailure: String?
    private var expiredAt: UnixTime?

    /// `identity` and `authority` are named in reasons.
    init(policy: Policy, identity: String, authority: String) {
        self.policy = policy
        self.identity = identity
        self.authority = authority
        retryLimit = policy.firstRetry
    }

    /// How many requests in a row failed.
    private(set) var failures = 0

    mutating func handle(
        _ event: Event,
        at now: UnixTime,
        using generator: inout some RandomNumberGenerator
    ) -> [Action] {
        var actions: [Action] = []
        switch event {
        case .started:
            actions.append(
                .pending(reason: "waiting for the first certificate of \(identity) from the CA at \(authority)")
            )
        case .woke: break
        case .issued(let notBefore, let notAfter):
            isRequesting = false
            take(notBefore: notBefore, notAfter: notAfter, at: now, &generator)
        case .failed(let reason):
            isRequesting = false
            lastFailure = reason
            failures += 1
            let wait = min(retryLimit, longestWait(at: now))
            retryAt = now.advanced(by: wait * Double.random(in: 0.5...1, using: &generator))
            retryLimit = min(policy.lastRetry, retryLimit * 2)
            if let expiredAt {
                actions.append(.expire(reason: expiryReason(expiredAt)))
            } else if held == nil {
                actions.append(.pending(reason: "no certificate of \(identity) yet; the CA at \(authority): \(reason)"))
            }
        case .rootIsLeaving:
            let soon = now.advanced(by: policy.rootChangeSpread * Double.random(in: 0...1, using: &generator))
            if let held, soon < held.renewAt { self.held?.renewAt = soon }
        }
        return actions + proceed(at: now)
    }

    private mutating func take(
        notBefore: UnixTime,
        notAfter: UnixTime,
        at now: UnixTime,
        _ generator: inout some RandomNumberGenerator
    ) {
        // Authorities date certificates back; what is over is no part of the life.
        let life = max(.zero, max(notBefore, now).duration(to: notAfter))
        let jitter = policy.graceJitter * Double.random(in: -1...1, using: &generator)
        let left = min(1, max(0, policy.graceRatio + jitter))
        let renewAt = notAfter.advanced(by: .zero - life * left)
        held = Held(notAfter: notAfter, renewAt: max(renewAt, now.advanced(by: policy.shortestPause)))
        (retryAt, retryLimit, lastFailure, expiredAt, failures) = (nil, policy.firstRetry, nil, nil, 0)
    }

    private func longestWait(at now: UnixTime) -> Duration {
        guard let held else { return policy.urgentRetry }
        return min(policy.lastRetry, max(policy.urgentRetry, now.duration(to: held.notAfter) * policy.retryPart))
    }

    private mutating func proceed(at now: UnixTime) -> [Action] {
        var actions: [Action] = []
        if let end = held?.notAfter, now >= end {
            held = nil
            expiredAt = end
            actions.append(.expire(reason: expiryReason(end)))
        }
        let due = retryAt ?? held?.renewAt ?? now
        if !isRequesting, now >= due {
            isRequesting = true
            retryAt = nil
            actions.append(.request)
        }
        let moments = [isRequesting ? nil : due, held?.notAfter].compactMap { $0 }
        if let next = moments.min() { actions.append(.wake(at: next)) }
        return actions
    }

    private func expiryReason(_ end: UnixTime) -> String {
        let cause = lastFailure.map { "is unreachable: \($0)" } ?? "has not answered yet"
        return "certificate of \(identity) expired at \(end); the CA at \(authority) \(cause)"
    }
}
