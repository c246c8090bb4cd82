package import HTTPWire
package import ProxySnapshot

/// What a connection manager does to request and response heads whatever their route
/// (Envoy's `ConnectionManagerUtility`).
package enum ConnectionManagerHeaders {
    /// Headers that steer the router and are believed from inside the mesh only.
    private static let internalOnly = KnownHeaderSet([
        .xEnvoyRetriableStatusCodes, .xEnvoyRetriableHeaderNames, .xEnvoyRetryOn, .xEnvoyRetryGRPCOn,
        .xEnvoyMaxRetries, .xEnvoyUpstreamAltStatName, .xEnvoyUpstreamRqTimeoutMs,
        .xEnvoyUpstreamRqPerTryTimeoutMs, .xEnvoyUpstreamRqTimeoutAltResponse,
        .xEnvoyExpectedRqTimeoutMs, .xEnvoyForceTrace, .xEnvoyIPTags, .xEnvoyHedgeOnPerTryTimeout,
    ])
    /// What nobody outside has to say: it would be believed further in (a path that access logs show instead of the real
    /// one) or means something in answers only.
    private static let edgeOnly = KnownHeaderSet([
        .xEnvoyDecoratorOperation, .xEnvoyDownstreamServiceCluster, .xEnvoyDownstreamServiceNode,
        .xEnvoyOriginalPath, .xEnvoyOriginalHost, .xEnvoyOriginalMethod, .xEnvoyOriginalDstHost, .xEnvoyAttemptCount,
        .xEnvoyIsTimeoutRetry, .xEnvoyPeerMetadata, .xEnvoyPeerMetadataID, .xEnvoyOverloaded, .xEnvoyRatelimited,
        .xEnvoyDegraded, .xEnvoyImmediateHealthCheckFail, .xEnvoyUpstreamServiceTime,
        .xEnvoyUpstreamStreamDurationMs, .xEnvoyUpstreamCanary,
    ])

    /// Prepares a request head. `random` makes a request id when one is due.
    package static func prepare(
        _ head: inout RequestHead,
        manager: HTTPConnectionManager,
        facts: DownstreamFacts,
        random: (UInt64, UInt64)
    ) {
        head.headers.removeHopByHop()
        head.headers.remove(.xEnvoyInternal)
        let isEdge = manager.usesRemoteAddress
        if isEdge { applyRemoteAddress(&head, manager: manager, facts: facts) }
        if !head.headers.isPresent(.xForwardedProto) { setProto(&head, facts) }
        if head.scheme == nil {
            let isHTTPS = head.headers.value(of: .xForwardedProto, equals: "https")
            head.setScheme(isHTTPS ? "https" : "http")
        }
        // No address is inside the mesh unless `internal_address_config` says so, which no control plane here sets.
        head.headers.remove(internalOnly)
        if isEdge { head.headers.remove(edgeOnly) }
        if !manager.via.isEmpty { head.headers.append(to: .via, manager.via, separator: ", ") }
        if manager.generatesRequestID {
            let keeps = !isEdge || manager.preservesExternalRequestID
            // An empty id is none.
            if !keeps || head.headers.withValue(of: .xRequestID, { $0.isEmpty }) != false {
                RequestID.generate(into: &head.headers, high: random.0, low: random.1)
            }
        }
        ForwardedCertificate.apply(to: &head, manager: manager, facts: facts)
    }

    /// Treats the peer as the client (an edge), or the one that trusted proxies before this one name.
    private static func applyRemoteAddress(
        _ head: inout RequestHead,
        manager: HTTPConnectionManager,
        facts: DownstreamFacts
    ) {
        let hops = manager.xffTrustedHops
        // The peer, which is the last of the trusted, is not in the list yet.
        if hops > 0, let named = ForwardedClient.address(in: head.headers, skipping: hops - 1) {
            head.headers.set(.xEnvoyExternalAddress, "\(named)")
        } else {
            head.headers.set(.xEnvoyExternalAddress, facts.remoteAddressText)
        }
        if !manager.skipsXFFAppend {
            head.headers.append(to: .xForwardedFor, facts.forwardedFor)
        }
        if manager.xffTrustedHops == 0 || !head.headers.isPresent(.xForwardedProto) {
            setProto(&head, facts)
        }
    }

    @inline(__always)
    private static func setProto(_ head: inout RequestHead, _ facts: DownstreamFacts) {
        if facts.isTLS {
            head.headers.set(.xForwardedProto, "https")
        } else {
            head.headers.set(.xForwardedProto, "http")
        }
    }

    /// Finishes a response head: `server`, `date`, `via` and hop-by-hop headers.
    package static func finish(
        _ head: inout ResponseHead,
        manager: HTTPConnectionManager,
        serverName: ContiguousArray<UInt8>,
        date: ContiguousArray<UInt8>,
        requestID: ContiguousArray<UInt8>?
    ) {
        head.headers.removeHopByHop()
        switch manager.serverHeaderTransformation {
        case .overwrite: head.headers.set(.server, serverName)
        case .appendIfAbsent: if !head.headers.isPresent(.server) { head.headers.set(.server, serverName) }
        case .passThrough: break
        }
        if !head.headers.isPresent(.date) { head.headers.set(.date, date) }
        if !manager.via.isEmpty { head.headers.append(to: .via, manager.via, separator: ", ") }
        if let requestID { head.headers.set(.xRequestID, requestID) }
    }
}
