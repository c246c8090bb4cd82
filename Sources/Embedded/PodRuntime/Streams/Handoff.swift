/// Bytes on their way from one task to another, a few at a time: whoever is ahead waits.
actor Handoff {
    /// It was ended before the bytes were taken.
    struct Ended: Error {}

    private let limit: Int
    private var waiting: [[UInt8]] = []
    private var isEnded = false
    private var failure: (any Error)?
    private var taker: CheckedContinuation<Void, Never>?
    private var givers: [CheckedContinuation<Void, Never>] = []

    /// At most so many pieces wait.
    init(limit: Int = 4) { self.limit = limit }

    /// Waits for room; throws when nobody will take the bytes any more.
    func give(_ bytes: [UInt8]) async throws {
        while waiting.count >= limit, !isEnded { await withCheckedContinuation { givers.append($0) } }
        guard !isEnded else { throw failure ?? Ended() }
        waiting.append(bytes)
        wakeTaker()
    }

    /// The next piece; nil at the end. For one task at a time.
    func take() async throws -> [UInt8]? {
        while waiting.isEmpty, !isEnded { await withCheckedContinuation { taker = $0 } }
        guard !waiting.isEmpty else {
            if let failure { throw failure }
            return nil
        }
        let bytes = waiting.removeFirst()
        if !givers.isEmpty { givers.removeFirst().resume() }
        return bytes
    }

    /// Nothing more is given; what waits is still handed over, unless it failed.
    func end(_ error: (any Error)? = nil) {
        guard !isEnded else { return }
        isEnded = true
        failure = error
        if error != nil { waiting.removeAll() }
        wakeTaker()
        for giver in givers { giver.resume() }
        givers.removeAll()
    }

    private func wakeTaker() {
        taker?.resume()
        taker = nil
    }
}
