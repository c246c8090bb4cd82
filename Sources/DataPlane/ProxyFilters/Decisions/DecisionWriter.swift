internal import HTTPWire
internal import MeshTelemetry
internal import ProxyRouting
internal import ProxySnapshot
internal import ProxyUpstream

/// Writes one request down: its id, the numbers, the head as it came, then names and attempts.
///
/// `DecisionRecord` reads the same in the same order.
struct DecisionWriter {
    private var bytes: RecordWriter

    init(_ target: UnsafeMutableRawBufferPointer) { bytes = RecordWriter(target) }

    var count: Int { bytes.count }

    /// Room for a request with names of ordinary length; longer ones are cut.
    @inline(__always)
    static func mostBytes(_ context: RequestContext) -> Int {
        let names = 1024
        let attempts = (context.attemptLog.count &+ 1) &* 80
        return MemoryLayout<DecisionFacts>.size &+ names &+ attempts
            &+ context.verdicts.count &* 200 &+ min(context.headLength, DecisionRing.headLimit)
    }

    mutating func write(
        _ context: RequestContext,
        _ facts: DownstreamFacts,
        _ listener: Listener,
        _ chain: FilterChain,
        _ exchange: UpstreamExchange,
        _ endedAt: Int64
    ) {
        writeID(&context.request)
        bytes.write(Self.numbers(of: context, exchange, endedAt))
        writeHead(&context.request, length: context.headLength)
        bytes.write(facts.remoteText)
        bytes.write(facts.localText)
        bytes.write(listener.name)
        bytes.write(chain.name)
        writeRoute(context)
        if let cluster = context.cluster {
            bytes.write(cluster.nameBytes)
        } else {
            bytes.write(context.clusterIndex.flatMap { context.snapshot?.clusterName(at: $0) } ?? "")
        }
        bytes.write(context.details)
        bytes.write(context.transportFailure ?? "")
        writeAttempts(context, exchange, endedAt)
        for position in 0..<min(context.attemptLog.mirrorCount, AttemptLog.mirrorCapacity) {
            let index = context.attemptLog.mirror(position)
            bytes.write(index.flatMap { context.snapshot?.clusterName(at: $0) } ?? "")
        }
        writeVerdicts(context.verdicts, chain)
    }

    private mutating func writeVerdicts(_ verdicts: AuthorizationVerdicts, _ chain: FilterChain) {
        bytes.write(UInt8(truncatingIfNeeded: verdicts.count))
        guard verdicts.count > 0 else { return }
        for position in 0..<verdicts.count {
            guard let verdict = verdicts[position] else { continue }
            bytes.write(verdict.result.rawValue)
            Self.withPolicy(of: verdict, in: chain) { bytes.write($0) }
        }
    }

    /// The name of the policy that a verdict is of; empty if none matched.
    private static func withPolicy(
        of verdict: AuthorizationVerdict,
        in chain: FilterChain,
        _ body: (UnsafeRawBufferPointer) -> Void
    ) {
        let none = UnsafeRawBufferPointer(start: nil, count: 0)
        let position = Int(verdict.filter)
        guard case .httpConnectionManager(let manager) = chain.networkFilter,
            manager.httpFilters.indices.contains(position),
            case .authorization(let filter) = manager.httpFilters[position],
            let rules = verdict.result.isShadow ? filter.shadowRules : filter.rules,
            rules.policies.indices.contains(Int(verdict.policy))
        else { return body(none) }
        rules.policies[Int(verdict.policy)].nameBytes.withUnsafeBytes(body)
    }

    // Both only read: to borrow a property of a class would copy it, hence `inout`.
    private mutating func writeID(_ request: inout RequestHead) {
        let range = request.headers.value(of: .xRequestID) ?? .none
        request.headers.withBytes(range) { bytes.write($0) }
    }

    private mutating func writeHead(_ request: inout RequestHead, length: Int) {
        let head = ByteRange(offset: 0, length: UInt32(truncatingIfNeeded: length))
        request.headers.withBytes(head) { bytes.write($0, limit: DecisionRing.headLimit) }
    }

    private mutating func writeRoute(_ context: RequestContext) {
        guard let decision = context.decision else {
            for _ in 0..<5 { bytes.write("") }
            return
        }
        bytes.write(decision.table.name)
        bytes.write(decision.virtualHost.name)
        bytes.write(decision.route.name)
        bytes.write(decision.route.configSource ?? "")
        bytes.write(decision.route.configRule ?? "")
    }

    private mutating func writeAttempts(_ context: RequestContext, _ exchange: UpstreamExchange, _ endedAt: Int64) {
        let before = context.attemptLog.count
        let hasLast = context.endpoint != nil
        bytes.write(UInt8(truncatingIfNeeded: before &+ (hasLast ? 1 : 0)))
        for position in 0..<before {
            guard let entry = context.attemptLog.entry(position) else { continue }
            var attempt = AttemptFacts()
            attempt.startedAt = entry.startedAt
            attempt.endedAt = entry.endedAt
            attempt.status = entry.status
            attempt.ending = entry.ending.rawValue
            bytes.write(attempt)
            bytes.write(entry.endpoint.addressText)
        }
        guard let endpoint = context.endpoint else { return }
        var last = AttemptFacts()
        last.startedAt = max(context.attemptLog.startedAt, context.startedAt)
        if context.respondedAt == 0 {
            last.endedAt = context.attemptLog.endedAt == 0 ? endedAt : context.attemptLog.endedAt
            last.status = context.attemptLog.status
            last.ending = context.attemptLog.ending.rawValue
        } else {
            last.endedAt = context.respondedAt
            last.status = context.status
            last.ending = AttemptEnding.response.rawValue
        }
        bytes.write(last)
        bytes.write(endpoint.addressText)
    }

    @inline(__always)
    private static func numbers(
        of context: RequestContext,
        _ exchange: UpstreamExchange,
        _ endedAt: Int64
    ) -> DecisionFacts {
        var numbers = DecisionFacts()
        numbers.startedAt = context.startedAt
        numbers.endedAt = endedAt
        numbers.requestEndedAt = context.requestEndedAt
        numbers.respondedAt = context.respondedAt
        numbers.requestBytes = context.requestBytes
        numbers.responseBytes = context.responseBytes
        numbers.random = context.routeRandom
        if let decision = context.decision {
            numbers.isRouted = true
            numbers.tableRevision = decision.table.revision
            numbers.weightedEntry = Int32(truncatingIfNeeded: decision.weightedEntry ?? -1)
        } else {
            // Nothing was decided by a table; the version in force tells whether the reason can be found again.
            numbers.tableRevision = context.snapshot?.generation ?? 0
        }
        if let cluster = context.cluster {
            numbers.clusterRevision = cluster.cluster.settingsRevision
            numbers.ejectedHosts = UInt16(clamping: cluster.ejectedCount)
        }
        if let hash = context.hash?.value {
            numbers.hash = hash
            numbers.hasHash = true
        }
        numbers.timeout = context.timeoutMilliseconds ?? -1
        numbers.flags = context.flags.rawValue
        numbers.attempts = context.attempts
        numbers.status = context.status
        numbers.isHTTP10 = context.request.version == .http1_0
        numbers.isHeadCut = context.headLength > DecisionRing.headLimit
        numbers.isReused = exchange.isReused
        numbers.add(context.attemptLog)
        return numbers
    }
}

extension DecisionFacts {
    @inline(__always)
    fileprivate mutating func add(_ log: borrowing AttemptLog) {
        retryStop = log.stop.rawValue
        delayMilliseconds = log.delayMilliseconds
        mirrorCount = UInt16(truncatingIfNeeded: log.mirrorCount)
        skippedHosts = log.skippedHosts
        timedOut = log.ending == .requestTimeout
        if let resource = log.overflow { overflow = resource.rawValue &+ 1 }
    }
}
