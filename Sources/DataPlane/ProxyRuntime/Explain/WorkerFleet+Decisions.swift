internal import MeshTelemetry
internal import NIOCore
internal import ProxyAdmin
internal import ProxyDownstream
internal import ProxyFilters
internal import ProxyUpstream

/// What one worker remembers of the requests asked for, and what it takes to read it.
private struct WorkerDecisions: Sendable {
    var records: [DecisionRecord]
    var reader: DecisionReader
    var memory: RequestDecisions.Memory

    /// Copies out of a worker's memory; on its loop.
    init(_ site: WorkerSite, _ query: DecisionQuery) {
        let ring = site.listeners.decisions
        let clock = site.worker.clock
        let now = clock.nanoseconds
        records =
            switch query {
            case .requestID(let id): ring.records(requestID: Array(id.utf8))
            case .last(let count): ring.records(last: count)
            }
        reader = DecisionReader(snapshot: site.worker.snapshot, clockOffset: Self.offset(of: clock))
        memory = RequestDecisions.Memory()
        memory.workers = 1
        memory.bytes = ring.bytes
        memory.requests = ring.count
        memory.total = ring.total
        memory.oldestSeconds = ring.oldest.map { DecisionReader.milliseconds(now &- $0) / 1000 }
    }

    /// Nanoseconds from the worker's clock to the time of day: of several looks the one that was interrupted least, lest
    /// hops change places.
    private static func offset(of clock: WorkerClock) -> Int64 {
        var best: (length: Int64, offset: Int64) = (.max, 0)
        for _ in 0..<3 {
            let before = clock.nanoseconds
            let wall = clock.wallNanoseconds
            let length = clock.nanoseconds &- before
            if length < best.length { best = (length, wall &- before &- length / 2) }
        }
        return best.offset
    }
}

extension WorkerFleet {
    /// What all workers remember of the requests asked for, in the order in which they began.
    func decisions(_ query: DecisionQuery, proxy: String) async -> RequestDecisions {
        var memory = RequestDecisions.Memory()
        var found: [(time: Int64, end: Int64, decision: RequestDecision)] = []
        for part in await onEachLoop({ WorkerDecisions($0, query) }) {
            memory.merge(part.memory)
            for record in part.records {
                found.append((record.facts.startedAt, record.facts.endedAt, part.reader.decision(record)))
            }
        }
        if case .last(let count) = query {
            // Each worker gave its own last ones.
            found.sort { $0.end < $1.end }
            found.removeFirst(max(0, found.count - count))
        }
        found.sort { $0.time < $1.time }
        return RequestDecisions(proxy: proxy, memory: memory, decisions: found.map(\.decision))
    }
}
