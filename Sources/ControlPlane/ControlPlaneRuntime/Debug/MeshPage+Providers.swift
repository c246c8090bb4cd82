internal import MeshConfig

extension MeshPage {
    /// An extension provider; of those that nothing acts on the name alone, below the name of its field.
    struct Provider: Encodable {
        struct Nothing: Encodable {}

        struct Body: Encodable {
            var maxRequestBytes: UInt32
            var allowPartialMessage: Bool
            var packAsBytes: Bool
        }

        struct Authorization: Encodable {
            var service: String
            var port: UInt32
            var timeout: String
            var failOpen: Bool
            var clearRouteCache: Bool
            var statusOnError: String?
            var includeRequestBodyInCheck: Body?
            var pathPrefix: String?
            var includeRequestHeadersInCheck: [String]?
            var includeAdditionalHeadersInCheck: [String: String]?
            var headersToUpstreamOnAllow: [String]?
            var headersToDownstreamOnDeny: [String]?
            var headersToDownstreamOnAllow: [String]?

            init(_ base: ExternalAuthorization) {
                service = base.service
                port = base.port
                timeout = base.timeout.protobufText
                failOpen = base.failOpen
                clearRouteCache = base.clearRouteCache
                statusOnError = base.statusOnError.map(String.init)
                includeRequestBodyInCheck = base.includeRequestBodyInCheck.map {
                    Body(
                        maxRequestBytes: $0.maxRequestBytes,
                        allowPartialMessage: $0.allowPartialMessage,
                        packAsBytes: $0.packAsBytes
                    )
                }
            }
        }

        private struct Field: CodingKey {
            var stringValue: String
            var intValue: Int? { nil }

            init(_ name: String) { stringValue = name }
            init?(stringValue: String) { self.stringValue = stringValue }
            init?(intValue: Int) { nil }
        }

        private let provider: ExtensionProvider

        init(_ provider: ExtensionProvider) {
            self.provider = provider
        }

        func encode(to encoder: any Encoder) throws {
            var fields = encoder.container(keyedBy: Field.self)
            try fields.encode(provider.name, forKey: Field("name"))
            switch provider.kind {
            case .authorizationGRPC(let grpc):
                try fields.encode(Authorization(grpc.base), forKey: Field("envoyExtAuthzGrpc"))
            case .authorizationHTTP(let http):
                var settings = Authorization(http.base)
                settings.pathPrefix = http.pathPrefix
                settings.includeRequestHeadersInCheck = http.includeRequestHeadersInCheck
                settings.includeAdditionalHeadersInCheck = http.includeAdditionalHeadersInCheck
                settings.headersToUpstreamOnAllow = http.headersToUpstreamOnAllow
                settings.headersToDownstreamOnDeny = http.headersToDownstreamOnDeny
                settings.headersToDownstreamOnAllow = http.headersToDownstreamOnAllow
                try fields.encode(settings, forKey: Field("envoyExtAuthzHttp"))
            case .other(let name):
                try fields.encode(Nothing(), forKey: Field(name))
            }
        }
    }
}
