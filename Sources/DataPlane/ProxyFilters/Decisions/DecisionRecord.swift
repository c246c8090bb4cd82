package import MeshTelemetry
internal import ProxyUpstream

/// One remembered request, read back; made when somebody asks.
package struct DecisionRecord: Sendable {
    /// One try at one endpoint.
    package struct Attempt: Sendable, Equatable {
        package let endpoint: String
        /// Worker nanoseconds.
        package let startedAt: Int64
        package let endedAt: Int64
        /// 0 without a response.
        package let status: UInt16
        package let ending: AttemptEnding
    }

    /// What one set of authorization rules said.
    package struct Authorization: Sendable, Equatable {
        package let result: AuthorizationVerdict.Result
        /// The policy that matched; empty if none did.
        package let policy: String
    }

    /// `x-request-id` as it was sent on; empty if there was none.
    package let requestID: String
    package let facts: DecisionFacts
    /// The head as it was received, names folded to lower case.
    package let head: [UInt8]
    package let caller: String
    package let destination: String
    package let listener: String
    package let filterChain: String
    /// Empty, like those that follow, where no route matched.
    package let table: String
    package let virtualHost: String
    package let route: String
    package let configSource: String
    package let configRule: String
    package let cluster: String
    package let details: String
    package let transportFailure: String
    package let attempts: [Attempt]
    /// The clusters of copies, as many as were kept.
    package let mirrors: [String]
    /// In the order of the chain.
    package let authorizations: [Authorization]

    /// Reads a record that `DecisionWriter` wrote; of other bytes it makes something, and never traps.
    init(_ bytes: [UInt8]) {
        var reader = RecordReader(bytes)
        requestID = reader.readText()
        facts = reader.read(DecisionFacts())
        head = reader.readBytes()
        caller = reader.readText()
        destination = reader.readText()
        listener = reader.readText()
        filterChain = reader.readText()
        table = reader.readText()
        virtualHost = reader.readText()
        route = reader.readText()
        configSource = reader.readText()
        configRule = reader.readText()
        cluster = reader.readText()
        details = reader.readText()
        transportFailure = reader.readText()
        var attempts: [Attempt] = []
        for _ in 0..<min(reader.read(UInt8(0)), UInt8(AttemptLog.capacity + 1)) {
            let numbers = reader.read(AttemptFacts())
            attempts.append(
                Attempt(
                    endpoint: reader.readText(),
                    startedAt: numbers.startedAt,
                    endedAt: numbers.endedAt,
                    status: numbers.status,
                    ending: AttemptEnding(rawValue: numbers.ending) ?? .underWay
                )
            )
        }
        self.attempts = attempts
        mirrors = (0..<min(Int(facts.mirrorCount), AttemptLog.mirrorCapacity)).map { _ in reader.readText() }
        authorizations = (0..<min(Int(reader.read(UInt8(0))), AuthorizationVerdicts.capacity)).map { _ in
            Authorization(
                result: AuthorizationVerdict.Result(rawValue: reader.read(UInt8(0))) ?? .allowed,
                policy: reader.readText()
            )
        }
    }

    /// Whether a record's request had this id, as it was sent on or as it came: an edge makes ids of its own.
    static func isOf(_ requestID: UnsafeRawBufferPointer, _ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count >= 2, !requestID.isEmpty else { return false }
        let length = Int(bytes.loadUnaligned(as: UInt16.self))
        if length == requestID.count, bytes.dropFirst(2).prefix(length).elementsEqual(requestID) { return true }
        let head = DecisionRecord([UInt8](bytes)).head
        return receivedID(in: head).map { $0.elementsEqual(requestID) } ?? false
    }

    /// The id in a head, whose names are in lower case.
    private static func receivedID(in head: [UInt8]) -> ArraySlice<UInt8>? {
        let name = Array("x-request-id:".utf8)
        for line in head.split(separator: 0x0A) where line.starts(with: name) {
            let value = line.dropFirst(name.count).drop { $0 == 0x20 || $0 == 0x09 }
            return value.prefix { $0 > 0x20 }
        }
        return nil
    }

    /// The id that the caller had sent; nil if there was none.
    package var receivedRequestID: String? {
        Self.receivedID(in: head).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The response flags.
    package var flags: ResponseFlags { ResponseFlags(rawValue: facts.flags) }

    /// Which circuit breaker refused the request.
    package var overflow: String? {
        guard facts.overflow > 0 else { return nil }
        return BreakerResource(rawValue: facts.overflow &- 1)?.field
    }

    /// Why there was no further attempt.
    package var retryStop: RetryStop { RetryStop(rawValue: facts.retryStop) ?? .none }
}
