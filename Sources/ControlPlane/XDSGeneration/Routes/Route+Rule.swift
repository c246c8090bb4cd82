import EnvoyAPI
import FoundationEssentials
import MeshConfig
import MeshModel
import SwiftProtobuf

extension XDS.Route {
    /// One route per rule and alternative (Istio `TranslateRoute`); nil when it cannot apply to this proxy and port.
    init?(
        _ rule: HTTPRoute,
        match: HTTPMatchRequest?,
        of object: ObjectMetadata,
        in context: RouteContext
    ) {
        self.init()
        name = rule.name
        self.match = .everything
        if let match {
            guard context.admits(match), let translated = context.routeMatch(match) else { return nil }
            self.match = translated
            if !match.name.isEmpty { name += "." + match.name }
            statPrefix = match.statPrefix
        }
        metadata = IstioMetadata.config(.virtualService, object)
        let changes = HeaderChanges(rule.headers)
        requestHeadersToAdd = changes.requestToAdd
        requestHeadersToRemove = changes.requestToRemove
        responseHeadersToAdd = changes.responseToAdd
        responseHeadersToRemove = changes.responseToRemove

        if let rule = rule.redirect {
            redirect = XDS.RedirectAction(rule, port: context.port)
        } else if let rule = rule.directResponse {
            directResponse = Envoy_Config_Route_V3_DirectResponseAction(rule)
        } else if !rule.route.isEmpty {
            forward(rule, authority: changes.authority, in: context)
        } else {
            return nil
        }
        decorator.operation = operation(rule: object.name, port: context.port)
        if let fault = rule.fault.flatMap(XDS.HTTPFault.init) {
            typedPerFilterConfig[ExtensionName.fault] = .init(packing: fault)
        }
        if let policy = rule.corsPolicy {
            typedPerFilterConfig[ExtensionName.cors] = .init(packing: XDS.CorsPolicy(policy))
        }
    }

    /// Routes of a VirtualService on one port, in order; what a catch-all hides is left out
    /// (Istio `BuildHTTPRoutesForVirtualService`).
    static func routes(of rule: RoutingRule, in context: RouteContext) -> [XDS.Route] {
        var routes: [XDS.Route] = []
        for (index, http) in rule.spec.http.enumerated() {
            let matches: [HTTPMatchRequest?] = http.match.isEmpty ? [nil] : http.match
            for match in matches {
                guard var route = XDS.Route(http, match: match, of: rule.metadata, in: context) else { continue }
                route.metadata.setRule("http[\(index)]")
                routes.append(route)
                if route.match.isCatchAll { return routes }
            }
        }
        return routes
    }

    /// Route of a service no VirtualService speaks of (Istio `BuildDefaultHTTPOutboundRoute`).
    static func outboundDefault(_ service: Service, port: UInt32, in context: RouteContext) -> XDS.Route {
        let hash = context.hash(Destination(host: service.hostname.text, port: port))
        var route = XDS.Route(defaultTo: ClusterName.outbound(port: port, host: service.hostname.text))
        route.route.setTimeout(nil)
        let retries = XDS.RetryPolicy.outbound(context.mesh.defaultHttpRetryPolicy, isHashed: false)
        if let retries { route.route.retryPolicy = retries }
        route.route.addHash(hash)
        route.decorator.operation = "\(IPAddress.bracketed(service.hostname.text)):\(port)/*"
        return route
    }

    /// Route of the workload's own port (Istio `BuildDefaultHTTPInboundRoute`); gRPC is not tried again, for streams.
    static func inbound(
        cluster: String,
        host: String,
        port: UInt32,
        protocol: PortProtocol,
        retries: HTTPRetry?
    ) -> XDS.Route {
        var route = XDS.Route(defaultTo: cluster)
        route.route.timeout = .zero
        route.route.maxStreamDuration.maxStreamDuration = .zero
        route.route.maxStreamDuration.grpcTimeoutHeaderMax = .zero
        if `protocol` != .grpc && `protocol` != .grpcWeb, let policy = XDS.RetryPolicy.inbound(retries) {
            route.route.retryPolicy = policy
        }
        route.decorator.operation = "\(IPAddress.bracketed(host)):\(port)/*"
        return route
    }

    private init(defaultTo cluster: String) {
        self.init()
        name = WellKnownName.defaultRoute
        match = .everything
        route.cluster = cluster
    }

    /// What tracing calls the route: the only destination, else the rule (Istio `GetRouteOperation`).
    private func operation(rule: String, port: UInt32) -> String {
        if case .route(let action) = action, let cluster = ClusterName.parseOutbound(action.cluster) {
            return "\(cluster.host):\(cluster.port)\(match.operationPath)"
        }
        return "\(rule):\(port)\(match.operationPath)"
    }
}

extension XDS.RedirectAction {
    /// A redirect (Istio `ApplyRedirect`); the default port of the scheme is never written.
    init(_ rule: HTTPRedirect, port requestPort: UInt32) {
        self.init()
        if HeaderText.isText(rule.authority) { hostRedirect = rule.authority }
        if !rule.prefixRewrite.isEmpty, HeaderText.isText(rule.prefixRewrite) {
            prefixRewrite = rule.prefixRewrite
        } else if HeaderText.isText(rule.uri) {
            pathRedirect = rule.uri
        }
        if !rule.scheme.isEmpty, HeaderText.isText(rule.scheme) { schemeRedirect = rule.scheme }
        portRedirect = rule.port ?? (rule.derivePort == .fromRequestPort ? requestPort : 0)
        let scheme = rule.scheme.isEmpty ? "http" : rule.scheme
        if (portRedirect == 80 && scheme == "http") || (portRedirect == 443 && scheme == "https")
            || portRedirect > 65535
        {
            portRedirect = 0
        }
        responseCode =
            switch rule.redirectCode {
            case 302: .found
            case 303: .seeOther
            case 307: .temporaryRedirect
            case 308: .permanentRedirect
            default: .movedPermanently
            }
    }
}

extension Envoy_Config_Route_V3_DirectResponseAction {
    /// Largest body Envoy is told to take; Istio's limit too.
    static let largestBody = 1024 * 1024

    init(_ rule: HTTPDirectResponse) {
        self.init()
        status = (200..<600).contains(rule.status) ? rule.status : 500
        switch rule.body {
        case .string(let text) where text.utf8.count <= Self.largestBody: body.inlineString = text
        case .bytes(let bytes) where bytes.count <= Self.largestBody: body.inlineBytes = Data(bytes)
        case .string, .bytes, nil: break
        }
    }
}
