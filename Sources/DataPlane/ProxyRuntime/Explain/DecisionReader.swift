internal import HTTPWire
internal import MeshTelemetry
internal import ProxyFilters
internal import ProxyRouting
internal import ProxySnapshot

/// Turns a remembered request into words, by the configuration that is served now as far as it is that of then.
///
/// Pure; runs when somebody asks, and never on an event loop.
struct DecisionReader {
    /// What is served now.
    let snapshot: ProxySnapshot
    /// Nanoseconds from the worker's clock to the time of day.
    let clockOffset: Int64

    /// The whole account of one request.
    func decision(_ record: DecisionRecord) -> RequestDecision {
        var decision = RequestDecision()
        decision.requestID = record.requestID
        decision.receivedRequestID = record.receivedRequestID.flatMap { $0 == record.requestID ? nil : $0 }
        decision.time = time(record.facts.startedAt)
        decision.request = request(record)
        decision.listener.name = record.listener
        decision.listener.filterChain = record.filterChain
        let match = RouteReview(record, snapshot)
        decision.route = match.route
        decision.notes = match.notes + record.authorizations.compactMap(Self.words)
        decision.cluster = cluster(record, match)
        if let note = changeNote(record) { decision.notes.append(note) }
        decision.attempts = record.attempts.map { attempt($0, of: record) }
        let kept = UInt32(truncatingIfNeeded: record.attempts.count)
        if record.facts.attempts > kept {
            decision.notes.append("\(record.facts.attempts - kept) attempts before the last are not remembered")
        }
        decision.retries.done = Int(record.facts.attempts) - (record.facts.attempts > 0 ? 1 : 0)
        decision.retries.allowed = match.action?.retryPolicy?.retries
        decision.retries.stopped = record.retryStop.words
        if record.facts.delayMilliseconds > 0 || record.flags.contains(ResponseFlag.faultInjected) {
            decision.fault = RequestDecision.Fault(
                delay: record.facts.delayMilliseconds > 0 ? Double(record.facts.delayMilliseconds) : nil,
                abort: record.flags.contains(ResponseFlag.faultInjected) ? record.facts.status : nil
            )
        }
        decision.mirrors = record.mirrors
        if record.facts.timeout >= 0 {
            decision.timeout = .init(milliseconds: record.facts.timeout, fired: record.facts.timedOut)
        }
        decision.answer = answer(record, match)
        decision.durations.request = record.facts.requestEndedAt == 0 ? nil : since(record, record.facts.requestEndedAt)
        decision.durations.response = record.facts.respondedAt == 0 ? nil : since(record, record.facts.respondedAt)
        decision.durations.total = since(record, record.facts.endedAt)
        return decision
    }

    /// RFC 3339 with microseconds, so that hops can be put in order.
    private func time(_ workerTime: Int64) -> String {
        let microseconds = (workerTime &+ clockOffset) / 1000
        let text = AccessLogTimestamp(millisecondsSinceEpoch: microseconds / 1000).text
        let rest = String(max(0, microseconds % 1000))
        return text.dropLast() + String(repeating: "0", count: 3 - rest.count) + rest + "Z"
    }

    private func request(_ record: DecisionRecord) -> RequestDecision.Request {
        var request = RequestDecision.Request()
        request.caller = record.caller
        request.destination = record.destination
        request.protocol = record.facts.isHTTP10 ? "HTTP/1.0" : "HTTP/1.1"
        request.bytes = record.facts.requestBytes
        if let head = record.receivedHead {
            request.method = head.headers.string(of: .method) ?? ""
            request.path = head.path.map { head.headers.string($0) } ?? ""
            request.authority = head.authority.map { head.headers.string($0) } ?? ""
        } else {
            // The request line is the first thing that is kept.
            let line = record.head.prefix { $0 != 0x0D && $0 != 0x0A }.split(separator: 0x20, maxSplits: 2)
            request.method = line.first.map { String(decoding: $0, as: UTF8.self) } ?? ""
            request.path = line.dropFirst().first.map { String(decoding: $0, as: UTF8.self) } ?? ""
        }
        return request
    }

    private func cluster(_ record: DecisionRecord, _ match: RouteReview) -> RequestDecision.Cluster? {
        guard !record.cluster.isEmpty else { return nil }
        var result = RequestDecision.Cluster()
        result.name = record.cluster
        result.subset = Self.subset(of: record.cluster)
        if case .weighted(let split)? = match.action?.cluster {
            result.drawn = record.facts.random % UInt64(max(split.total, 1))
            result.split = split.entries.enumerated().map { position, entry in
                .init(
                    cluster: snapshot.clusterName(at: entry.cluster),
                    weight: entry.weight,
                    isChosen: position == Int(record.facts.weightedEntry)
                )
            }
        }
        if record.facts.hasHash { result.hash = String(record.facts.hash) }
        if record.facts.ejectedHosts > 0 { result.ejectedEndpoints = Int(record.facts.ejectedHosts) }
        if record.facts.skippedHosts > 0 { result.skippedEndpoints = Int(record.facts.skippedHosts) }
        guard let cluster = snapshot.cluster(named: record.cluster) else { return result }
        result.config = cluster.configSource
        result.object = cluster.configSource.map { ConfigObjectPath($0)?.description ?? $0 }
        result.rule = cluster.configRule
        result.balancing =
            cluster.clientSideWeights == nil ? cluster.balancing.name : "CLIENT_SIDE_WEIGHTED_ROUND_ROBIN"
        return result
    }

    private func changeNote(_ record: DecisionRecord) -> String? {
        guard record.facts.clusterRevision != 0 else { return nil }
        let now = snapshot.cluster(named: record.cluster)?.settingsRevision
        if now == record.facts.clusterRevision { return nil }
        return now == nil
            ? "the cluster is not there any more" : "the cluster has changed since: its policy is told as it is now"
    }

    /// `outbound|PORT|SUBSET|HOST`, as Istio names clusters.
    private static func subset(of name: String) -> String? {
        let parts = name.split(separator: "|", omittingEmptySubsequences: false)
        guard parts.count == 4, !parts[2].isEmpty else { return nil }
        return String(parts[2])
    }

    private func attempt(_ attempt: DecisionRecord.Attempt, of record: DecisionRecord) -> RequestDecision.Attempt {
        RequestDecision.Attempt(
            endpoint: attempt.endpoint,
            startedAfter: since(record, attempt.startedAt),
            milliseconds: Self.milliseconds(attempt.endedAt &- max(attempt.startedAt, record.facts.startedAt)),
            status: attempt.status == 0 ? nil : attempt.status,
            outcome: attempt.ending.words
        )
    }

    private func since(_ record: DecisionRecord, _ time: Int64) -> Double {
        Self.milliseconds(time &- record.facts.startedAt)
    }

    /// Nanoseconds as milliseconds with three decimals, not below 0.
    static func milliseconds(_ nanoseconds: Int64) -> Double { Double(max(0, nanoseconds) / 1000) / 1000 }
}

extension BalancingPolicy {
    /// The policy as xDS spells it.
    var name: String {
        switch self {
        case .roundRobin: "ROUND_ROBIN"
        case .leastRequest: "LEAST_REQUEST"
        case .random: "RANDOM"
        case .ringHash: "RING_HASH"
        case .maglev: "MAGLEV"
        case .clusterProvided: "CLUSTER_PROVIDED"
        }
    }
}
