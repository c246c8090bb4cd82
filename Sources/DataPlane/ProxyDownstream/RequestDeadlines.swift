/// Every clock that runs on a downstream connection, in milliseconds of the worker's time; `.max` is off.
///
/// Kept as plain numbers: one timer wheel entry per connection follows the earliest.
struct RequestDeadlines: Equatable {
    /// What to do when a deadline passed; several may have: the first in this order counts.
    enum Expiry: CaseIterable {
        /// The drain duration of a listener that went is over.
        case drain
        /// The peer had its time to read the last answer.
        case delayedClose
        /// `max_stream_duration`.
        case stream
        /// The route's timeout.
        case response
        /// The time limit of one try.
        case perTry
        /// A fault's delay or a retry's back-off is over: go on.
        case pause
        /// `request_timeout`: the whole request must have arrived.
        case request
        /// `request_headers_timeout`.
        case requestHeaders
        /// `stream_idle_timeout`, or the route's.
        case streamIdle
        /// `idle_timeout` between requests.
        case connectionIdle
        /// `max_connection_duration`.
        case connection
    }

    private var times = InlineArray<11, Int64>(repeating: .max)

    static func == (left: RequestDeadlines, right: RequestDeadlines) -> Bool {
        Expiry.allCases.allSatisfy { left[$0] == right[$0] }
    }

    private static func index(_ expiry: Expiry) -> Int {
        switch expiry {
        case .delayedClose: 0
        case .stream: 1
        case .response: 2
        case .request: 3
        case .requestHeaders: 4
        case .streamIdle: 5
        case .connectionIdle: 6
        case .connection: 7
        case .drain: 8
        case .perTry: 9
        case .pause: 10
        }
    }

    subscript(expiry: Expiry) -> Int64 {
        @inline(__always) get { times[Self.index(expiry)] }
        @inline(__always) set { times[Self.index(expiry)] = newValue }
    }

    /// Sets a deadline `milliseconds` from `now`, or turns it off.
    @inline(__always)
    mutating func start(_ expiry: Expiry, now: Int64, milliseconds: Int64?) {
        self[expiry] = milliseconds.map { now &+ $0 } ?? .max
    }

    /// A request is over: only what concerns the connection goes on.
    mutating func endRequest() {
        self[.stream] = .max
        self[.response] = .max
        self[.request] = .max
        self[.requestHeaders] = .max
        self[.streamIdle] = .max
        endTry()
    }

    /// A try is over: neither its limit nor a wait before it counts any longer.
    mutating func endTry() {
        self[.perTry] = .max
        self[.pause] = .max
    }

    /// When the timer must fire.
    var earliest: Int64 {
        var least = Int64.max
        for index in 0..<11 { least = min(least, times[index]) }
        return least
    }

    /// The earliest of those that must not be a step of the timer wheel late.
    var earliestPrecise: Int64 { min(self[.response], min(self[.perTry], self[.pause])) }

    /// What has expired at `now`, if anything.
    func expired(at now: Int64) -> Expiry? {
        Expiry.allCases.first { self[$0] <= now }
    }
}
