package import HTTPWire

/// A validated `envoy.extensions.filters.http.ext_authz.v3.ExtAuthz`, or the network filter of the same name: another
/// service decides whether a request may go on.
package final class ExternalAuthorization: Sendable {
    /// Who is asked.
    package let service: Service
    /// True if requests go on when nobody answers; otherwise they are refused.
    package let failureModeAllows: Bool
    /// True if such requests are marked by `x-envoy-auth-failure-mode-allowed`.
    package let marksFailures: Bool
    /// How much of the body is told; nil is none.
    package let body: BodyLimit?
    /// True if the service may lead requests elsewhere.
    package let clearsRoute: Bool
    /// The answer when nobody answers, 400...599.
    package let statusOnError: UInt16
    /// Asks only about requests of which earlier filters found this.
    package let enabledBy: MetadataMatcher?
    package let includesPeerCertificate: Bool
    package let includesTLSSession: Bool
    /// Stands before the names of its counters.
    package let statPrefix: String
    /// The request headers that are told; nil is all for gRPC, and a few for HTTP.
    package let allowedHeaders: [StringMatcher]?

    /// The service and how it is spoken to.
    package enum Service: Sendable {
        case http(HTTPService)
        case grpc(GRPCService)
    }

    /// `grpc_service.envoy_grpc`: `envoy.service.auth.v3.Authorization`.
    package struct GRPCService: Sendable, Equatable {
        package let cluster: ClusterIndex
        /// `:authority`; empty takes the cluster's name.
        package let authority: String
        package let timeout: Duration

        package init(cluster: ClusterIndex, authority: String, timeout: Duration) {
            self.cluster = cluster
            self.authority = authority
            self.timeout = timeout
        }
    }

    /// `with_request_body`.
    package struct BodyLimit: Sendable, Equatable {
        package let bytes: Int
        /// True if more than that is cut off, not refused.
        package let allowsPartial: Bool
        /// True if it is told as bytes and not as text.
        package let packsAsBytes: Bool

        package init(bytes: Int, allowsPartial: Bool, packsAsBytes: Bool) {
            self.bytes = bytes
            self.allowsPartial = allowsPartial
            self.packsAsBytes = packsAsBytes
        }
    }

    package init(
        service: Service,
        failureModeAllows: Bool = false,
        marksFailures: Bool = false,
        body: BodyLimit? = nil,
        clearsRoute: Bool = false,
        statusOnError: UInt16 = 403,
        enabledBy: MetadataMatcher? = nil,
        includesPeerCertificate: Bool = false,
        includesTLSSession: Bool = false,
        statPrefix: String = "",
        allowedHeaders: [StringMatcher]? = nil
    ) {
        self.service = service
        self.failureModeAllows = failureModeAllows
        self.marksFailures = marksFailures
        self.body = body
        self.clearsRoute = clearsRoute
        self.statusOnError = statusOnError
        self.enabledBy = enabledBy
        self.includesPeerCertificate = includesPeerCertificate
        self.includesTLSSession = includesTLSSession
        self.statPrefix = statPrefix
        self.allowedHeaders = allowedHeaders
    }
}

extension ExternalAuthorization {
    /// `http_service`: asked by a request like the one in question; an answer of 200 lets it pass.
    package struct HTTPService: Sendable, Equatable {
        package let cluster: ClusterIndex
        package let timeout: Duration
        /// Stands before the path of the request.
        package let pathPrefix: ContiguousArray<UInt8>
        package let headersToAdd: [Header]
        /// Of an answer that lets the request pass: headers that replace the request's.
        package let upstreamHeaders: [StringMatcher]
        /// The same, added to the request's.
        package let upstreamHeadersToAppend: [StringMatcher]
        /// Of an answer that refuses: headers the caller gets; empty is all.
        package let clientHeaders: [StringMatcher]
        /// Of an answer that lets the request pass: headers added to the response.
        package let clientHeadersOnSuccess: [StringMatcher]
        /// Of any answer: headers that are kept as dynamic metadata.
        package let metadataHeaders: [StringMatcher]

        /// A fixed header of what is asked.
        package struct Header: Sendable, Equatable {
            package let name: HeaderName
            package let value: ContiguousArray<UInt8>
        }

        package init(
            cluster: ClusterIndex,
            timeout: Duration,
            pathPrefix: String = "",
            headersToAdd: [Header] = [],
            upstreamHeaders: [StringMatcher] = [],
            upstreamHeadersToAppend: [StringMatcher] = [],
            clientHeaders: [StringMatcher] = [],
            clientHeadersOnSuccess: [StringMatcher] = [],
            metadataHeaders: [StringMatcher] = []
        ) {
            self.cluster = cluster
            self.timeout = timeout
            self.pathPrefix = ContiguousArray(pathPrefix.utf8)
            self.headersToAdd = headersToAdd
            self.upstreamHeaders = upstreamHeaders
            self.upstreamHeadersToAppend = upstreamHeadersToAppend
            self.clientHeaders = clientHeaders
            self.clientHeadersOnSuccess = clientHeadersOnSuccess
            self.metadataHeaders = metadataHeaders
        }
    }
}
