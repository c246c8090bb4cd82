package import HTTPWire
package import MeshTelemetry
package import ProxyRouting
package import ProxySnapshot
package import ProxyUpstream

/// One request from head to log line. Made once per downstream connection and reused; confined to its worker's loop.
package final class RequestContext {
    package var request = RequestHead()
    /// The snapshot the request began with and ends with.
    package var snapshot: ProxySnapshot?
    /// The route and the random choices made, once there is a route.
    package var decision: RouteDecision?
    package var cluster: UpstreamCluster?
    /// The cluster named by the route even if it is not there.
    package var clusterIndex: ClusterIndex?
    package var endpoint: UpstreamEndpoint?
    /// Where the route counts, if it has a `stat_prefix`.
    package var routeCounters: RouteCounters?
    /// What a hashing balancer chooses by; nil for other balancers.
    package var hash: BalancingHash?
    /// Endpoints that failed this request before.
    package var failedEndpoints: [UpstreamEndpoint] = []
    /// The route's retries were all used.
    package var exhaustedRetries = false
    /// Tries after the first.
    package var retries = 0
    /// The last retry counts against the cluster's limit of retries.
    package var holdsRetry = false
    /// An endpoint's report of its load was heard.
    package var hasLoadReport = false
    /// More of the body went upstream than was kept: it cannot be sent again.
    package var isBodyAbandoned = false
    /// The value of `origin` if the caller's page may read the answer; a range of `request.headers`.
    package var allowedOrigin: ByteRange?
    /// Whether the caller keeps its connection after this exchange.
    package var callerKeepsAlive = true

    /// Worker nanoseconds at the first byte of the head.
    package var startedAt: Int64 = 0
    /// Nanoseconds since 1970 at the first byte; 0 unless a log wants it.
    package var startedAtWall: Int64 = 0
    /// Worker nanoseconds when the last byte of the request was read; 0 before that.
    package var requestEndedAt: Int64 = 0
    /// Worker nanoseconds when the response head was there; 0 before that.
    package var respondedAt: Int64 = 0
    package var requestBytes: UInt64 = 0
    package var responseBytes: UInt64 = 0
    /// 0 until a response head was sent.
    package var status: UInt16 = 0
    package var flags: ResponseFlags = .none
    package var details: ContiguousArray<UInt8> = []
    package var transportFailure: String?
    package var connectionTermination: ContiguousArray<UInt8> = []
    /// The limit from the end of the request to the end of the response; nil is off.
    package var timeoutMilliseconds: Int64?
    /// The limit of one try; nil is off.
    package var perTryTimeoutMilliseconds: Int64?
    package var attempts: UInt32 = 0
    /// Bytes of the head as received, at the front of `request.headers.storage`.
    package var headLength = 0
    /// The number that decided the route's fractions and splits.
    package var routeRandom: UInt64 = 0
    /// What happened on the way, for the record of the request.
    package var attemptLog = AttemptLog()
    /// The response head as sent, kept for logs that ask for response headers.
    package var loggedResponse: ResponseHead?
    /// What filters found out for later ones.
    package var metadata = RequestMetadata()
    /// Headers that filters add to the response.
    package var responseAdditions: [LocalResponse.Header] = []
    /// What authorization filters decided.
    package var verdicts = AuthorizationVerdicts()

    package init() {}

    /// Forgets the last request.
    package func reset() {
        request.reset()
        snapshot = nil
        decision = nil
        cluster = nil
        clusterIndex = nil
        endpoint = nil
        routeCounters = nil
        if hash != nil { hash = nil }
        startedAt = 0
        startedAtWall = 0
        requestEndedAt = 0
        respondedAt = 0
        requestBytes = 0
        responseBytes = 0
        status = 0
        flags = .none
        if !details.isEmpty { details.removeAll(keepingCapacity: true) }
        transportFailure = nil
        if !connectionTermination.isEmpty { connectionTermination.removeAll(keepingCapacity: true) }
        timeoutMilliseconds = nil
        perTryTimeoutMilliseconds = nil
        attempts = 0
        callerKeepsAlive = true
        exhaustedRetries = false
        retries = 0
        holdsRetry = false
        hasLoadReport = false
        isBodyAbandoned = false
        allowedOrigin = nil
        if !failedEndpoints.isEmpty { failedEndpoints = [] }
        headLength = 0
        routeRandom = 0
        attemptLog.reset()
        loggedResponse = nil
        metadata.removeAll()
        if !responseAdditions.isEmpty { responseAdditions = [] }
        verdicts = AuthorizationVerdicts()
    }

    /// The forwarding action of the route, if it has one.
    package var action: RouteAction? {
        guard case .forward(let action)? = decision?.route.action else { return nil }
        return action
    }

    /// The fault of the route, or of the share of a split that was drawn.
    package var fault: HTTPFault? {
        guard decision?.route.mayFault == true else { return nil }
        return decision?.fault
    }

    /// The CORS policy of the route.
    package var cors: CORSPolicy? { decision?.route.cors }

    /// Whether the caller speaks gRPC, so that local replies must too.
    package var isGRPC: Bool {
        request.headers.withValue(of: .contentType) { value in
            let prefix: StaticString = "application/grpc"
            guard value.starts(with: prefix.utf8) else { return false }
            return value.count == 16 || value[16] == 0x2B
        } ?? false
    }
}
