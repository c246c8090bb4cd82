/// A system outside the mesh that policies name (Istio `MeshConfig.ExtensionProvider`).
package struct ExtensionProvider: Sendable, Hashable {
    /// What it is.
    package enum Kind: Sendable, Hashable {
        /// Decides on requests over HTTP.
        case authorizationHTTP(ExternalAuthorizationHTTP)
        /// Decides on requests and connections over gRPC (`envoy.service.auth.v3.Authorization`).
        case authorizationGRPC(ExternalAuthorizationGRPC)
        /// Another one, by the name of its field; nothing acts on it.
        case other(String)
    }

    /// Name, unique in the mesh: at most 63 lower-case letters, digits and `-`.
    package var name: String
    /// What it is.
    package var kind: Kind

    package init(name: String, kind: Kind) {
        self.name = name
        self.kind = kind
    }

    /// How authorization is asked for; nil for other providers.
    package var authorization: ExternalAuthorization? {
        switch kind {
        case .authorizationHTTP(let provider): provider.base
        case .authorizationGRPC(let provider): provider.base
        case .other: nil
        }
    }
}

/// What both ways of asking an authorization provider have in common.
package struct ExternalAuthorization: Sendable, Hashable {
    /// Body of the request, sent along (Istio `EnvoyExternalAuthorizationRequestBody`).
    package struct RequestBody: Sendable, Hashable {
        /// Longest body, in bytes; at least 1 once validated.
        package var maxRequestBytes: UInt32 = 0
        /// Whether a longer one is sent cut off rather than refused.
        package var allowPartialMessage = false
        /// Whether gRPC carries it as bytes rather than text.
        package var packAsBytes = false

        package init() {}
    }

    /// Service: `HOST` or `NAMESPACE/HOST`, of the mesh's registry.
    package var service = ""
    /// Port of the service, 1...65535 once validated.
    package var port: UInt32 = 0
    /// Time for an answer.
    package var timeout: Duration = .seconds(600)
    /// Whether requests pass when the provider fails.
    package var failOpen = false
    /// Whether an answer may change the route.
    package var clearRouteCache = false
    /// Status of the answer when the provider fails; nil for 403.
    package var statusOnError: UInt32?
    /// Body sent along; nil for none.
    package var includeRequestBodyInCheck: RequestBody?

    package init() {}
}

/// An authorization provider over HTTP (Istio `EnvoyExternalAuthorizationHttpProvider`).
///
/// Names of headers may have a `*` at the beginning or the end, never alone.
package struct ExternalAuthorizationHTTP: Sendable, Hashable {
    /// What is common to providers.
    package var base = ExternalAuthorization()
    /// What stands before the request's path; empty or beginning with `/`.
    package var pathPrefix = ""
    /// Headers of the request that are sent along besides those that always are.
    package var includeRequestHeadersInCheck: [String] = []
    /// Headers added to the question.
    package var includeAdditionalHeadersInCheck: [String: String] = [:]
    /// Headers of the answer that the workload gets.
    package var headersToUpstreamOnAllow: [String] = []
    /// Headers of the answer that the caller gets when it is refused; empty for all.
    package var headersToDownstreamOnDeny: [String] = []
    /// Headers of the answer that the caller gets when it is let through.
    package var headersToDownstreamOnAllow: [String] = []

    package init() {}
}

/// An authorization provider over gRPC (Istio `EnvoyExternalAuthorizationGrpcProvider`).
package struct ExternalAuthorizationGRPC: Sendable, Hashable {
    /// What is common to providers.
    package var base = ExternalAuthorization()

    package init() {}
}
