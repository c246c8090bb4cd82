import EnvoyAPI
import HTTPWire
import SwiftProtobuf

extension ResourceReader {
    mutating func externalAuthorization(
        _ message: Envoy_Extensions_Filters_Http_ExtAuthz_V3_ExtAuthz
    ) throws(InvalidResource) -> ExternalAuthorization {
        try refuseUnknownFields(message)
        let service: ExternalAuthorization.Service
        switch message.services {
        case .grpcService(let grpc)?: service = .grpc(try authorizationService("grpc_service", grpc))
        case .httpService(let http)?:
            service = .http(
                try within("http_service") { reader throws(InvalidResource) in try reader.authorizationService(http) }
            )
        case nil: throw invalid("services", "is missing or of an unsupported kind")
        }
        var body: ExternalAuthorization.BodyLimit?
        if message.hasWithRequestBody {
            let buffer = message.withRequestBody
            guard (1...(64 << 20)).contains(buffer.maxRequestBytes) else {
                throw invalid("with_request_body.max_request_bytes", "must be 1 to 67108864")
            }
            body = ExternalAuthorization.BodyLimit(
                bytes: Int(buffer.maxRequestBytes),
                allowsPartial: buffer.allowPartialMessage,
                packsAsBytes: buffer.packAsBytes
            )
        }
        let status = message.hasStatusOnError ? message.statusOnError.code.rawValue : 403
        guard (400...599).contains(status) else { throw invalid("status_on_error", "must be 400...599") }
        return ExternalAuthorization(
            service: service,
            failureModeAllows: message.failureModeAllow,
            marksFailures: message.failureModeAllowHeaderAdd,
            body: body,
            clearsRoute: message.clearRouteCache_p,
            statusOnError: UInt16(status),
            enabledBy: message.hasFilterEnabledMetadata
                ? try metadataMatcher("filter_enabled_metadata", message.filterEnabledMetadata) : nil,
            includesPeerCertificate: message.includePeerCertificate,
            includesTLSSession: message.includeTlsSession,
            statPrefix: message.statPrefix,
            allowedHeaders: message.hasAllowedHeaders
                ? try stringMatchers("allowed_headers", message.allowedHeaders) : nil
        )
    }

    mutating func externalAuthorization(
        _ message: Envoy_Extensions_Filters_Network_ExtAuthz_V3_ExtAuthz
    ) throws(InvalidResource) -> ExternalAuthorization {
        try refuseUnknownFields(message)
        return ExternalAuthorization(
            service: .grpc(try authorizationService("grpc_service", message.grpcService)),
            failureModeAllows: message.failureModeAllow,
            enabledBy: message.hasFilterEnabledMetadata
                ? try metadataMatcher("filter_enabled_metadata", message.filterEnabledMetadata) : nil,
            includesPeerCertificate: message.includePeerCertificate,
            includesTLSSession: message.includeTlsSession,
            statPrefix: message.statPrefix
        )
    }

    private mutating func authorizationService(
        _ field: String,
        _ message: Envoy_Config_Core_V3_GrpcService
    ) throws(InvalidResource) -> ExternalAuthorization.GRPCService {
        try refuseUnknownFields(message)
        guard case .envoyGrpc(let grpc)? = message.targetSpecifier else {
            throw invalid(field, "only envoy_grpc is supported")
        }
        if !message.initialMetadata.isEmpty { warn("\(field).initial_metadata", "is not sent") }
        return ExternalAuthorization.GRPCService(
            cluster: try cluster("\(field).envoy_grpc.cluster_name", grpc.clusterName),
            authority: grpc.authority,
            timeout: message.hasTimeout ? try positiveDuration("\(field).timeout", message.timeout) : .milliseconds(200)
        )
    }

    private mutating func authorizationService(
        _ message: Envoy_Extensions_Filters_Http_ExtAuthz_V3_HttpService
    ) throws(InvalidResource) -> ExternalAuthorization.HTTPService {
        try refuseUnknownFields(message)
        guard message.pathPrefix.isEmpty || message.pathPrefix.hasPrefix("/") else {
            throw invalid("path_prefix", "must begin with a slash")
        }
        guard message.pathPrefix.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw invalid("path_prefix", "has bytes that no path may have")
        }
        var headers: [ExternalAuthorization.HTTPService.Header] = []
        for header in message.authorizationRequest.headersToAdd {
            guard header.value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
                throw invalid("authorization_request.headers_to_add", "a header value may not hold control characters")
            }
            headers.append(
                .init(
                    name: try headerName("authorization_request.headers_to_add", header.key),
                    value: ContiguousArray(header.value.utf8)
                )
            )
        }
        let response = message.authorizationResponse
        return ExternalAuthorization.HTTPService(
            cluster: try cluster("server_uri.cluster", message.serverUri.cluster),
            timeout: try positiveDuration("server_uri.timeout", message.serverUri.timeout),
            pathPrefix: message.pathPrefix,
            headersToAdd: headers,
            upstreamHeaders: try stringMatchers(
                "authorization_response.allowed_upstream_headers",
                response.allowedUpstreamHeaders
            ),
            upstreamHeadersToAppend: try stringMatchers(
                "authorization_response.allowed_upstream_headers_to_append",
                response.allowedUpstreamHeadersToAppend
            ),
            clientHeaders: try stringMatchers(
                "authorization_response.allowed_client_headers",
                response.allowedClientHeaders
            ),
            clientHeadersOnSuccess: try stringMatchers(
                "authorization_response.allowed_client_headers_on_success",
                response.allowedClientHeadersOnSuccess
            ),
            metadataHeaders: try stringMatchers(
                "authorization_response.dynamic_metadata_from_headers",
                response.dynamicMetadataFromHeaders
            )
        )
    }

    private func stringMatchers(
        _ field: String,
        _ list: Envoy_Type_Matcher_V3_ListStringMatcher
    ) throws(InvalidResource) -> [StringMatcher] {
        var matchers: [StringMatcher] = []
        for (index, pattern) in list.patterns.enumerated() {
            matchers.append(try stringMatcher("\(field).patterns[\(index)]", pattern))
        }
        return matchers
    }
}
