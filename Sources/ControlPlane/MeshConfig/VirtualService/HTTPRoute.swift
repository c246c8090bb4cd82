/// One HTTP rule: what it matches and what happens then (Istio `HTTPRoute`).
package struct HTTPRoute: Sendable, Hashable {
    /// Name for people; joined with the match's name it becomes the route's name.
    package var name = ""
    /// Alternatives, any of which matches; empty matches every request.
    package var match: [HTTPMatchRequest] = []
    /// Weighted destinations; excludes `redirect`, `directResponse` and `delegate`.
    package var route: [HTTPRouteDestination] = []
    /// Redirect to answer with.
    package var redirect: HTTPRedirect?
    /// Answer given by the proxy itself.
    package var directResponse: HTTPDirectResponse?
    /// VirtualService that carries the rest of this route.
    package var delegate: Delegate?
    /// Changes of path and authority before the request is forwarded.
    package var rewrite: HTTPRewrite?
    /// Time for the whole request; absent or zero is none.
    package var timeout: Duration?
    /// Retry policy; absent takes the mesh-wide default.
    package var retries: HTTPRetry?
    /// Faults to inject.
    package var fault: HTTPFaultInjection?
    /// Destination that gets a copy of the requests.
    package var mirror: Destination?
    /// Share of the requests mirrored to `mirror`; absent is all.
    package var mirrorPercentage: Percent?
    /// Deprecated form of `mirrorPercentage`, whole percent.
    package var mirrorPercent: UInt32?
    /// Destinations that get copies, each with its own share; excludes `mirror`.
    package var mirrors: [HTTPMirrorPolicy] = []
    /// Cross-origin policy.
    package var corsPolicy: CorsPolicy?
    /// Header changes of the whole route.
    package var headers: Headers?
    /// Where the rule begins.
    package var source: SourceLocation?

    package init() {}
}

/// A weighted destination of an HTTP route (Istio `HTTPRouteDestination`).
package struct HTTPRouteDestination: Sendable, Hashable {
    /// Where the requests go.
    package var destination: Destination
    /// Share relative to the sum of the weights; 0 gets nothing unless it is the only destination.
    package var weight: Int32
    /// Header changes for this destination alone.
    package var headers: Headers?
    /// Where the destination begins.
    package var source: SourceLocation?

    package init(destination: Destination = Destination(), weight: Int32 = 0) {
        self.destination = destination
        self.weight = weight
    }
}

/// Names the VirtualService a route is delegated to (Istio `Delegate`).
package struct Delegate: Sendable, Hashable {
    /// Name of the VirtualService.
    package var name = ""
    /// Its namespace; empty for the rule's own.
    package var namespace = ""

    package init() {}
}
