/// What a simulation answers.
package struct SimulationAnswer: Codable, Sendable, Hashable {
    /// One for each call, in order.
    package var results: [CallResult] = []
    /// For each route configuration asked for: the clusters of the routes of each domain.
    package var routes: [String: [String: [String]]] = [:]
    /// The clusters the proxy has.
    package var clusters: [String: ClusterResult] = [:]

    package init() {}
}

/// A cluster in an answer.
package struct ClusterResult: Codable, Sendable, Hashable {
    /// `ip:port`, in order.
    package var endpoints: [String]
    /// Hosts of the services behind it.
    package var services: [String]
}

/// What happens to one call; what was matched before an error stays.
package struct CallResult: Codable, Sendable, Hashable {
    /// Empty for success.
    package var error = CallError.none
    package var listener = ""
    package var filterChain = ""
    package var routeConfig = ""
    package var virtualHost = ""
    package var route = ""
    /// The cluster; of a split, its first entry.
    package var cluster = ""
    package var explain = CallExplanation()

    package init() {}
}

/// Why a call fails before it has a cluster, under the names of the machine interface.
package enum CallError: String, Codable, Sendable, Hashable {
    case none = ""
    case noListener = "NoListener"
    case noFilterChain = "NoFilterChain"
    case multipleFilterChain = "MultipleFilterChain"
    case tls = "TLSError"
    case mtls = "MTLSError"
    case protocolMismatch = "ProtocolError"
    case noVirtualHost = "NoVirtualHost"
    case tlsRedirect = "TLSRedirect"
    case noRoute = "NoRoute"
}

/// Our own account of a call: what decided it, and what would be done.
package struct CallExplanation: Codable, Sendable, Hashable {
    /// Why the call gets no endpoint: `noListener`, `noRoute`, `noCluster`, `noHealthyUpstream`...; nil if it does.
    package var reason: String?
    /// The reason in words, and what to do.
    package var message: String?
    /// The user's object behind the route, as `VirtualService default/reviews`.
    package var object: String?
    /// The rule of that object, as `spec.http[0]`.
    package var rule: String?
    /// Where that rule stands, else its object: `file:line:column`.
    package var location: String?
    /// How the bytes come: `plaintext`, `tls` or `mtls` if the proxy opens it, `passthrough` if TLS goes on unopened.
    package var transport: String?
    /// Who calls, as the proxy knows by mutual TLS: `spiffe://...`.
    package var peer: String?
    /// What comes of authorization and tokens, all taken together; nil where nobody is asked.
    package var verdict: CallVerdict.Result?
    /// What each set of authorization rules says, and the tokens, in the order in which they are asked.
    package var verdicts: [CallVerdict] = []
    /// Earlier routes of the virtual host and why each did not match.
    package var passedOver: [String] = []
    /// Where the call goes, with shares that sum up to 1.
    package var destinations: [CallDestination] = []
    /// The answer the proxy itself gives.
    package var status: Int?
    /// The body of that answer, and the response code details by which access logs tell of it, where a filter gave it.
    package var body: String?
    package var details: String?
    /// The `location` header of a redirect.
    package var redirect: String?
    /// `:path` and Host as the upstream sees them.
    package var upstreamPath: String?
    package var upstreamHost: String?
    /// Request headers set or changed, and those taken away.
    package var requestHeaders: [String: String] = [:]
    package var requestHeadersRemoved: [String] = []
    /// Response headers set by the route.
    package var responseHeaders: [String: String] = [:]
    package var timeout: String?
    package var retries: String?
    package var mirrors: [String] = []
    package var fault: String?
    /// Everything that a rule gives the call or its clusters, with the rule's place.
    package var policies: [CallPolicy] = []
    /// What the sidecars of the endpoints do with the call; only `martlet simulate --from` asks them.
    package var arrivals: [CallArrival] = []
    /// What the simulation leaves out of this call, and what the proxy leaves out of its configuration.
    package var notes: [String] = []

    package init() {}
}

/// One cluster a call may go to.
package struct CallDestination: Codable, Sendable, Hashable {
    package var cluster: String
    package var subset: String
    package var share: Double
    package var endpoints: [CallEndpoint]
    /// How a connection is encrypted, where the call itself chooses the endpoint; nil if it is not.
    package var tls: EndpointTLS?
}

/// One endpoint a call may go to.
package struct CallEndpoint: Codable, Sendable, Hashable {
    package var address: String
    /// `workload.namespace`; empty when unknown.
    package var workload: String
    /// Of the whole call, 0...1.
    package var share: Double
    /// 0 first; the next takes over when too few of one are fit.
    package var priority: Int
    /// `region/zone/subzone`; empty when unknown.
    package var locality: String
    /// How the connection is encrypted; nil if it is not.
    package var tls: EndpointTLS?
}
