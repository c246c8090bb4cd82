/// A header field the proxy itself reads or writes, found by one hash at parse time and by one byte ever after.
///
/// The raw value indexes the presence bits of a `HeaderBlock`, so at most 128 cases besides `other` and `removed` fit.
/// Pseudo-headers come first: `authority` is what HTTP/1.1 calls `host`, both names find it.
package enum KnownHeader: UInt8, CaseIterable, Sendable {
    // Pseudo-headers: the start line as header fields, so that matchers and log operators see one list.
    case method
    case path
    case scheme
    case authority

    // Message framing and connection management (RFC 9110 section 7, RFC 9112).
    case contentLength
    case transferEncoding
    case connection
    case keepAlive
    case proxyConnection
    case te
    case trailer
    case upgrade
    case expect

    // End-to-end request and response fields (RFC 9110).
    case date
    case server
    case via
    case userAgent
    case accept
    case acceptEncoding
    case acceptLanguage
    case acceptCharset
    case cookie
    case setCookie
    case authorization
    case proxyAuthorization
    case proxyAuthenticate
    case wwwAuthenticate
    case contentType
    case contentEncoding
    case contentLanguage
    case cacheControl
    case eTag
    case lastModified
    case ifMatch
    case ifNoneMatch
    case ifModifiedSince
    case ifUnmodifiedSince
    case ifRange
    case range
    case age
    case vary
    case location
    case referer
    case origin
    case retryAfter
    case allow
    case pragma
    case altSvc
    case forwarded
    case from
    case maxForwards

    // Who asked, and which request it is.
    case xRequestID
    case xForwardedFor
    case xForwardedProto
    case xForwardedHost
    case xForwardedPort
    case xForwardedClientCert
    case xClientTraceID
    case xRealIP

    // Envoy's router and connection manager.
    case xEnvoyAttemptCount
    case xEnvoyDecoratorOperation
    case xEnvoyExpectedRqTimeoutMs
    case xEnvoyExternalAddress
    case xEnvoyInternal
    case xEnvoyOriginalPath
    case xEnvoyOriginalHost
    case xEnvoyOriginalMethod
    case xEnvoyOriginalDstHost
    case xEnvoyOverloaded
    case xEnvoyRatelimited
    case xEnvoyDegraded
    case xEnvoyImmediateHealthCheckFail
    case xEnvoyUpstreamServiceTime
    case xEnvoyUpstreamRqTimeoutMs
    case xEnvoyUpstreamRqTimeoutAltResponse
    case xEnvoyUpstreamRqPerTryTimeoutMs
    case xEnvoyUpstreamStreamDurationMs
    case xEnvoyUpstreamAltStatName
    case xEnvoyUpstreamCanary
    case xEnvoyMaxRetries
    case xEnvoyRetryOn
    case xEnvoyRetryGRPCOn
    case xEnvoyRetriableStatusCodes
    case xEnvoyRetriableHeaderNames
    case xEnvoyHedgeOnPerTryTimeout
    case xEnvoyIsTimeoutRetry
    case xEnvoyPeerMetadata
    case xEnvoyPeerMetadataID
    case xEnvoyDownstreamServiceCluster
    case xEnvoyDownstreamServiceNode
    case xEnvoyForceTrace
    case xEnvoyIPTags

    // Trace context.
    case xB3TraceID
    case xB3SpanID
    case xB3ParentSpanID
    case xB3Sampled
    case xB3Flags
    case b3
    case xOtSpanContext
    case traceparent
    case tracestate
    case baggage

    // gRPC.
    case grpcStatus
    case grpcMessage
    case grpcTimeout
    case grpcEncoding
    case grpcAcceptEncoding
    case grpcStatusDetailsBin

    // CORS.
    case accessControlAllowOrigin
    case accessControlAllowMethods
    case accessControlAllowHeaders
    case accessControlAllowCredentials
    case accessControlExposeHeaders
    case accessControlMaxAge
    case accessControlRequestMethod
    case accessControlRequestHeaders
    case accessControlRequestPrivateNetwork
    case accessControlAllowPrivateNetwork

    /// A name outside this list; compare its bytes.
    case other = 254
    /// A field taken out of its block.
    case removed = 255
}

extension KnownHeader {
    /// True for the parts of the start line, which are never written as header lines.
    package var isStartLine: Bool { rawValue <= KnownHeader.scheme.rawValue }
}
