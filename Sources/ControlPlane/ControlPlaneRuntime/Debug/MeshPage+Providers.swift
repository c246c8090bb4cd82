internal import MeshConfig

extension MeshPage {
    /// `MeshConfig.ExtensionProvider`; of kinds that nothing acts on the name alone.
    struct Provider: Encodable {
        struct Authorization: Encodable {
            var clearRouteCache: Bool
            var failOpen: Bool
            var headersToDownstreamOnAllow: [String]?
            var headersToDownstreamOnDeny: [String]?
            var headersToUpstreamOnAllow: [String]?
            var includeAdditionalHeadersInCheck: [String: String]?
            var includeRequestBodyInCheck: Body?
            var includeRequestHeadersInCheck: [String]?
            var pathPrefix: String?
            var port: UInt32
            var service: String
            var statusOnError: String?
            var timeout: String
        }

        struct Body: Encodable {
            var allowPartialMessage: Bool
            var maxRequestBytes: UInt32
            var packAsBytes: Bool
        }

        var name: String
        var envoyExtAuthzGrpc: Authorization?
        var envoyExtAuthzHttp: Authorization?
    }
}

extension MeshPage.Provider {
    init(_ provider: ExtensionProvider) {
        name = provider.name
        switch provider.kind {
        case .authorizationGRPC(let grpc): envoyExtAuthzGrpc = Authorization(grpc.base)
        case .authorizationHTTP(let http):
            var authorization = Authorization(http.base)
            authorization.pathPrefix = http.pathPrefix
            authorization.includeRequestHeadersInCheck = http.includeRequestHeadersInCheck
            authorization.includeAdditionalHeadersInCheck = http.includeAdditionalHeadersInCheck
            authorization.headersToUpstreamOnAllow = http.headersToUpstreamOnAllow
            authorization.headersToDownstreamOnDeny = http.headersToDownstreamOnDeny
            authorization.headersToDownstreamOnAllow = http.headersToDownstreamOnAllow
            envoyExtAuthzHttp = authorization
        case .other: break
        }
    }
}

extension MeshPage.Provider.Authorization {
    init(_ base: ExternalAuthorization) {
        clearRouteCache = base.clearRouteCache
        failOpen = base.failOpen
        includeRequestBodyInCheck = base.includeRequestBodyInCheck.map { body in
            MeshPage.Provider.Body(
                allowPartialMessage: body.allowPartialMessage,
                maxRequestBytes: body.maxRequestBytes,
                packAsBytes: body.packAsBytes
            )
        }
        port = base.port
        service = base.service
        statusOnError = base.statusOnError.map(String.init)
        timeout = base.timeout.protobufText
    }
}
