/// What is known of the keys at one location, and when to ask again; pure, the clock is the caller's.
struct KeyRecord<Instant: InstantProtocol> where Instant.Duration == Duration {
    /// Keys are asked for anew after so long (Istio `PILOT_JWT_PUB_KEY_REFRESH_INTERVAL`).
    let refreshInterval: Duration
    /// The first pause after a failure; it doubles with each further one.
    static var firstRetry: Duration { .seconds(1) }
    /// The longest pause after failures while there are no keys: tokens are refused meanwhile.
    static var longestRetry: Duration { .seconds(60) }
    /// Keys that could not be confirmed for so long are not used any longer (Istio `JwtPubKeyEvictionDuration`).
    static var longestUse: Duration { .seconds(7 * 24 * 3600) }

    /// The last keys that were fetched; nil when there never were any, or they are too old.
    private(set) var keys: String?
    /// Whether somebody asked for them, whatever came of it.
    private(set) var isTried = false
    private var fetchedAt: Instant?
    private var failures = 0

    init(refreshInterval: Duration) {
        self.refreshInterval = refreshInterval
    }

    /// Keys came. Returns the pause before they are asked for again, and whether they differ.
    mutating func succeeded(_ new: String, at now: Instant) -> (pause: Duration, isChange: Bool) {
        let isChange = keys != new
        keys = new
        isTried = true
        fetchedAt = now
        failures = 0
        return (refreshInterval, isChange)
    }

    /// No keys came; the last ones stay in use. Returns the pause, and whether the last ones were given up.
    mutating func failed(at now: Instant) -> (pause: Duration, isChange: Bool) {
        isTried = true
        var isChange = false
        if let fetchedAt, fetchedAt.duration(to: now) >= Self.longestUse {
            isChange = keys != nil
            keys = nil
        }
        let pause = Self.firstRetry * (1 << min(failures, 12))
        failures += 1
        return (min(pause, keys == nil ? Self.longestRetry : refreshInterval), isChange)
    }
}
