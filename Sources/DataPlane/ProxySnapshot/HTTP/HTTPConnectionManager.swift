/// A validated `HttpConnectionManager`: how connections become requests and which table routes them.
///
/// See envoy.extensions.filters.network.http_connection_manager.v3; defaults are Envoy's.
package final class HTTPConnectionManager: Sendable {
    /// The prefix of its statistics.
    package let statPrefix: String
    /// The route table: inline, or by name through RDS.
    package let routeSource: RouteSource
    /// The filters in order; the last one is the router.
    package let httpFilters: [HTTPFilter]
    /// Which HTTP versions the connection may speak.
    package let codec: DownstreamCodec
    /// The `server` response header.
    package let serverName: String
    /// When it is set.
    package let serverHeaderTransformation: ServerHeaderTransformation
    /// True at an edge: the peer address is trusted and appended to `x-forwarded-for`.
    package let usesRemoteAddress: Bool
    /// How many proxies before this one are trusted in `x-forwarded-for`.
    package let xffTrustedHops: Int
    /// True if `x-forwarded-for` is left as it came.
    package let skipsXFFAppend: Bool
    /// True if a missing `x-request-id` is made.
    package let generatesRequestID: Bool
    /// True if an edge request keeps its `x-request-id`.
    package let preservesExternalRequestID: Bool
    /// True if `x-request-id` is returned to the caller.
    package let alwaysSetsRequestIDInResponse: Bool
    /// RFC 3986 normalisation of `:path` before matching.
    package let normalizesPath: Bool
    /// Adjacent slashes in the path become one.
    package let mergesSlashes: Bool
    /// What happens to `%2F` and `%5C`.
    package let escapedSlashesAction: EscapedSlashesAction
    /// A stream without activity for so long ends with 408/504; `nil` never.
    package let streamIdleTimeout: Duration?
    /// The whole request must arrive within this; `nil` for ever.
    package let requestTimeout: Duration?
    /// The request head must arrive within this; `nil` for ever.
    package let requestHeadersTimeout: Duration?
    /// A connection without requests for so long is closed; `nil` never.
    package let idleTimeout: Duration?
    /// A connection is drained after this; `nil` never.
    package let maxConnectionDuration: Duration?
    /// A request is reset after this; `nil` never.
    package let maxStreamDuration: Duration?
    /// Between the first and the last notice of a closing connection.
    package let drainTimeout: Duration
    /// How long the peer may take to read the last answer; `nil` closes at once.
    package let delayedCloseTimeout: Duration?
    /// The largest request head, in KiB.
    package let maxRequestHeadersKB: Int
    /// The most request headers.
    package let maxHeadersCount: Int
    /// Requests until a connection is drained; 0 is no limit.
    package let maxRequestsPerConnection: Int
    /// What happens to `x-forwarded-client-cert`.
    package let forwardClientCertificate: ForwardClientCertificate
    /// What is added to it.
    package let clientCertificateDetails: ClientCertificateDetails
    /// Appended to `via`, unless empty.
    package let via: ContiguousArray<UInt8>
    /// True if the port is taken off `Host` before matching and forwarding.
    package let stripsAnyHostPort: Bool
    /// Upgrades allowed, lower case, e.g. `websocket`.
    package let upgradeTypes: [String]
    /// True if HTTP/1.0 requests are served.
    package let acceptsHTTP10: Bool
    /// True if `100 Continue` comes from upstream instead of this proxy.
    package let proxies100Continue: Bool
    /// Request logs.
    package let accessLogs: [AccessLog]

    package init(
        statPrefix: String,
        routeSource: RouteSource,
        httpFilters: [HTTPFilter] = [.router(RouterOptions())],
        codec: DownstreamCodec = .auto,
        serverName: String = "envoy",
        serverHeaderTransformation: ServerHeaderTransformation = .overwrite,
        usesRemoteAddress: Bool = false,
        xffTrustedHops: Int = 0,
        skipsXFFAppend: Bool = false,
        generatesRequestID: Bool = true,
        preservesExternalRequestID: Bool = false,
        alwaysSetsRequestIDInResponse: Bool = false,
        normalizesPath: Bool = false,
        mergesSlashes: Bool = false,
        escapedSlashesAction: EscapedSlashesAction = .keepUnchanged,
        streamIdleTimeout: Duration? = .seconds(300),
        requestTimeout: Duration? = nil,
        requestHeadersTimeout: Duration? = nil,
        idleTimeout: Duration? = .seconds(3600),
        maxConnectionDuration: Duration? = nil,
        maxStreamDuration: Duration? = nil,
        drainTimeout: Duration = .seconds(5),
        delayedCloseTimeout: Duration? = .seconds(1),
        maxRequestHeadersKB: Int = 60,
        maxHeadersCount: Int = 100,
        maxRequestsPerConnection: Int = 0,
        forwardClientCertificate: ForwardClientCertificate = .sanitize,
        clientCertificateDetails: ClientCertificateDetails = ClientCertificateDetails(),
        via: String = "",
        stripsAnyHostPort: Bool = false,
        upgradeTypes: [String] = [],
        acceptsHTTP10: Bool = false,
        proxies100Continue: Bool = false,
        accessLogs: [AccessLog] = []
    ) {
        self.statPrefix = statPrefix
        self.routeSource = routeSource
        self.httpFilters = httpFilters
        self.codec = codec
        self.serverName = serverName
        self.serverHeaderTransformation = serverHeaderTransformation
        self.usesRemoteAddress = usesRemoteAddress
        self.xffTrustedHops = xffTrustedHops
        self.skipsXFFAppend = skipsXFFAppend
        self.generatesRequestID = generatesRequestID
        self.preservesExternalRequestID = preservesExternalRequestID
        self.alwaysSetsRequestIDInResponse = alwaysSetsRequestIDInResponse
        self.normalizesPath = normalizesPath
        self.mergesSlashes = mergesSlashes
        self.escapedSlashesAction = escapedSlashesAction
        self.streamIdleTimeout = streamIdleTimeout
        self.requestTimeout = requestTimeout
        self.requestHeadersTimeout = requestHeadersTimeout
        self.idleTimeout = idleTimeout
        self.maxConnectionDuration = maxConnectionDuration
        self.maxStreamDuration = maxStreamDuration
        self.drainTimeout = drainTimeout
        self.delayedCloseTimeout = delayedCloseTimeout
        self.maxRequestHeadersKB = maxRequestHeadersKB
        self.maxHeadersCount = maxHeadersCount
        self.maxRequestsPerConnection = maxRequestsPerConnection
        self.forwardClientCertificate = forwardClientCertificate
        self.clientCertificateDetails = clientCertificateDetails
        self.via = ContiguousArray(via.utf8)
        self.stripsAnyHostPort = stripsAnyHostPort
        self.upgradeTypes = upgradeTypes
        self.acceptsHTTP10 = acceptsHTTP10
        self.proxies100Continue = proxies100Continue
        self.accessLogs = accessLogs
    }
}

/// Where a connection manager takes its routes from.
package enum RouteSource: Sendable {
    /// A named table delivered by RDS; look it up with `ProxySnapshot.routeConfiguration(for:)`.
    case rds(name: String, index: RouteConfigurationIndex)
    /// A table that came with the listener.
    case inline(RouteConfiguration)
}
