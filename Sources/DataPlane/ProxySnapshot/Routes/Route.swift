/// A validated `envoy.config.route.v3.Route`: what it matches and what happens then.
package final class Route: Sendable {
    /// The name; empty if none was given.
    package let name: String
    /// What a request must look like.
    package let match: RouteMatch
    /// What happens to it.
    package let action: RouteActionKind
    /// Applied to requests, before the host's and the table's.
    package let requestHeaders: HeaderModifications
    /// Applied to responses, before the host's and the table's.
    package let responseHeaders: HeaderModifications
    /// The user's object behind it, from metadata `istio` / `config`.
    package let configSource: String?
    /// Which rule of that object it was made of, such as `http[0]`; from metadata `martlet.rule`.
    package let configRule: String?
    /// The prefix of per-route statistics, if any.
    package let statPrefix: String
    /// The operation name for traces.
    package let decoratorOperation: String?
    /// The fault of this route, already merged with the virtual host's.
    package let fault: HTTPFault?
    /// The CORS policy of this route, already merged with the virtual host's.
    package let cors: CORSPolicy?
    /// Whether the route, or a share of its split, has a fault: most requests need not ask further.
    package let mayFault: Bool

    package init(
        name: String,
        match: RouteMatch,
        action: RouteActionKind,
        requestHeaders: HeaderModifications = HeaderModifications(),
        responseHeaders: HeaderModifications = HeaderModifications(),
        configSource: String? = nil,
        configRule: String? = nil,
        statPrefix: String = "",
        decoratorOperation: String? = nil,
        fault: HTTPFault? = nil,
        cors: CORSPolicy? = nil
    ) {
        self.name = name
        self.match = match
        self.action = action
        self.requestHeaders = requestHeaders
        self.responseHeaders = responseHeaders
        self.configSource = configSource
        self.configRule = configRule
        self.statPrefix = statPrefix
        self.decoratorOperation = decoratorOperation
        self.fault = fault
        self.cors = cors
        if case .forward(let action) = action, case .weighted(let split) = action.cluster {
            mayFault = fault != nil || split.entries.contains { $0.fault != nil }
        } else {
            mayFault = fault != nil
        }
    }
}

/// What a route does with a request.
package enum RouteActionKind: Sendable {
    case forward(RouteAction)
    case redirect(RedirectAction)
    case directResponse(DirectResponse)
}

/// A validated `envoy.config.route.v3.RedirectAction`.
package final class RedirectAction: Sendable {
    /// The new scheme.
    package let scheme: RedirectScheme
    /// The new host; `nil` keeps the request's.
    package let host: String?
    /// The new port; `nil` keeps the request's unless the scheme changes.
    package let port: UInt16?
    /// The new path.
    package let path: RedirectPath
    /// 301, 302, 303, 307 or 308.
    package let status: UInt16
    /// True if the query is dropped.
    package let stripsQuery: Bool

    package init(
        scheme: RedirectScheme = .keep,
        host: String? = nil,
        port: UInt16? = nil,
        path: RedirectPath = .keep,
        status: UInt16 = 301,
        stripsQuery: Bool = false
    ) {
        self.scheme = scheme
        self.host = host
        self.port = port
        self.path = path
        self.status = status
        self.stripsQuery = stripsQuery
    }
}

/// The scheme of a redirect.
package enum RedirectScheme: Sendable, Equatable {
    case keep
    case https
    case scheme(String)
}

/// The path of a redirect.
package enum RedirectPath: Sendable {
    case keep
    /// Replaces path and, if it bears one, query.
    case path([UInt8])
    /// Replaces the matched prefix.
    case prefix([UInt8])
    case regex(RegexRewrite)
}

/// An answer made by the proxy itself.
package final class DirectResponse: Sendable {
    /// The status, 200...599.
    package let status: UInt16
    /// The body; empty for none.
    package let body: [UInt8]

    package init(status: UInt16, body: [UInt8] = []) {
        self.status = status
        self.body = body
    }
}
