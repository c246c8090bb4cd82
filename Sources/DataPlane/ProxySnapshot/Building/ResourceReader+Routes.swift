import EnvoyAPI
import HTTPWire
import SwiftProtobuf

extension ResourceReader {
    mutating func routeConfiguration(
        from message: Envoy_Config_Route_V3_RouteConfiguration
    ) throws(InvalidResource) -> RouteConfiguration {
        noteUnknownFields(message)
        var references = ReferencedClusters()
        let hosts = try each("virtual_hosts", message.virtualHosts) { reader, host throws(InvalidResource) in
            try reader.virtualHost(host, &references)
        }
        var names: Set<String> = []
        for host in hosts where !names.insert(host.name).inserted {
            throw invalid("virtual_hosts", "two virtual hosts are named \"\(host.name)\"")
        }
        let index: VirtualHostIndex
        do {
            index = try VirtualHostIndex(domains: hosts.map(\.domains))
        } catch {
            throw invalid("virtual_hosts", "more than one virtual host claims the domain \"\(error.domain)\"")
        }
        tablesRead &+= 1
        return RouteConfiguration(
            name: message.name,
            revision: tablesRead,
            virtualHosts: hosts,
            hosts: index,
            requestHeaders: try requestHeaders(of: message),
            responseHeaders: try responseHeaders(of: message),
            ignoresPortInHostMatching: message.ignorePortInHostMatching,
            maxDirectResponseBodyBytes: message.hasMaxDirectResponseBodySizeBytes
                ? Int(message.maxDirectResponseBodySizeBytes.value) : 4096,
            referencedClusters: references.ordered
        )
    }

    private mutating func virtualHost(
        _ message: Envoy_Config_Route_V3_VirtualHost,
        _ references: inout ReferencedClusters
    ) throws(InvalidResource) -> VirtualHost {
        noteUnknownFields(message)
        guard !message.name.isEmpty else { throw invalid("name", "is empty") }
        guard !message.domains.isEmpty else { throw invalid("domains", "is empty") }
        for domain in message.domains where domain.isEmpty || domain.dropFirst().dropLast().contains("*") {
            throw invalid("domains", "\"\(domain)\" is not a domain; a wildcard stands first or last")
        }
        let requireTLS: TLSRequirement
        switch message.requireTls {
        case .none: requireTLS = .none
        case .externalOnly: requireTLS = .externalOnly
        case .all: requireTLS = .all
        case .UNRECOGNIZED: throw invalid("require_tls", "is not known")
        }
        let filters = try perRouteFilters(message.typedPerFilterConfig)
        let retry = message.hasRetryPolicy ? try retryPolicy(message.retryPolicy) : nil
        var routes: [Route] = []
        routes.reserveCapacity(message.routes.count)
        for (index, route) in message.routes.enumerated() {
            routes.append(
                try within("routes[\(index)]") { reader throws(InvalidResource) in
                    try reader.route(route, filters, retry, &references)
                }
            )
        }
        return VirtualHost(
            name: message.name,
            domains: message.domains,
            routes: routes,
            requireTLS: requireTLS,
            requestHeaders: try requestHeaders(of: message),
            responseHeaders: try responseHeaders(of: message),
            includesRequestAttemptCount: message.includeRequestAttemptCount,
            includesAttemptCountInResponse: message.includeAttemptCountInResponse,
            retryPolicy: retry,
            cors: filters.cors,
            fault: filters.fault
        )
    }

    private mutating func route(
        _ message: Envoy_Config_Route_V3_Route,
        _ hostFilters: PerRouteFilters,
        _ hostRetry: RetryPolicy?,
        _ references: inout ReferencedClusters
    ) throws(InvalidResource) -> Route {
        noteUnknownFields(message)
        let match = try within("match") { reader throws(InvalidResource) in try reader.routeMatch(message.match) }
        let action: RouteActionKind
        switch message.action {
        case .route(let value)?:
            action = .forward(
                try within("route") { reader throws(InvalidResource) in
                    try reader.routeAction(value, hostRetry, match, &references)
                }
            )
        case .redirect(let value)?:
            action = .redirect(
                try within("redirect") { reader throws(InvalidResource) in try reader.redirect(value, match) }
            )
        case .directResponse(let value)?:
            action = .directResponse(
                try within("direct_response") { reader throws(InvalidResource) in try reader.directResponse(value) }
            )
        case nil:
            throw invalid("action", "is missing or of an unsupported kind")
        }
        let filters = try perRouteFilters(message.typedPerFilterConfig)
        let source = message.metadata.text("istio", "config")
        let rule = message.metadata.text("martlet", "rule")
        return Route(
            name: message.name,
            match: match,
            action: action,
            requestHeaders: try requestHeaders(of: message),
            responseHeaders: try responseHeaders(of: message),
            configSource: source.isEmpty ? nil : source,
            configRule: rule.isEmpty ? nil : rule,
            statPrefix: message.statPrefix,
            decoratorOperation: message.hasDecorator ? message.decorator.operation : nil,
            fault: filters.fault ?? hostFilters.fault,
            cors: filters.cors ?? hostFilters.cors
        )
    }

    mutating func routeMatch(
        _ message: Envoy_Config_Route_V3_RouteMatch
    ) throws(InvalidResource) -> RouteMatch {
        try refuseUnknownFields(message)
        let isCaseSensitive = message.hasCaseSensitive ? message.caseSensitive.value : true
        func bytes(_ text: String) -> [UInt8] { isCaseSensitive ? Array(text.utf8) : text.utf8.map(foldedCase) }
        let path: PathMatch
        switch message.pathSpecifier {
        case .prefix(let text)?: path = .prefix(bytes(text))
        case .path(let text)?: path = .exact(bytes(text))
        case .safeRegex(let regex)?: path = .regex(try expression("safe_regex", regex))
        case .pathSeparatedPrefix(let text)?:
            guard text.hasPrefix("/"), !text.hasSuffix("/"), !text.contains("?"), !text.contains("#") else {
                throw invalid("path_separated_prefix", "must begin with / and have neither a / at the end nor ? or #")
            }
            path = .pathSeparatedPrefix(bytes(text))
        case nil: throw invalid("path_specifier", "is missing or of an unsupported kind")
        }
        return RouteMatch(
            path: path,
            isCaseSensitive: isCaseSensitive,
            headers: try each("headers", message.headers) { reader, matcher throws(InvalidResource) in
                try reader.headerMatcher(matcher)
            },
            queryParameters: try each("query_parameters", message.queryParameters) {
                reader,
                matcher throws(InvalidResource) in try reader.queryMatcher(matcher)
            },
            metadata: try each("dynamic_metadata", message.dynamicMetadata) {
                reader,
                matcher throws(InvalidResource) in try reader.metadataMatcher("", matcher)
            },
            isGRPCOnly: message.hasGrpc,
            runtimeFraction: message.hasRuntimeFraction ? try percent(message.runtimeFraction) : nil
        )
    }

    private func redirect(
        _ message: Envoy_Config_Route_V3_RedirectAction,
        _ match: RouteMatch
    ) throws(InvalidResource) -> RedirectAction {
        try refuseUnknownFields(message)
        let scheme: RedirectScheme =
            switch message.schemeRewriteSpecifier {
            case .httpsRedirect(let flag)?: flag ? .https : .keep
            case .schemeRedirect(let text)?: text.isEmpty ? .keep : .scheme(text.lowercased())
            case nil: .keep
            }
        let path: RedirectPath
        switch message.pathRewriteSpecifier {
        case .pathRedirect(let text)?: path = text.isEmpty ? .keep : .path(Array(text.utf8))
        case .prefixRewrite(let text)?: path = .prefix(Array(text.utf8))
        case .regexRewrite(let rewrite)?: path = .regex(try regexRewrite("regex_rewrite", rewrite))
        case nil: path = .keep
        }
        let status: UInt16
        switch message.responseCode {
        case .movedPermanently: status = 301
        case .found: status = 302
        case .seeOther: status = 303
        case .temporaryRedirect: status = 307
        case .permanentRedirect: status = 308
        case .UNRECOGNIZED: throw invalid("response_code", "is not known")
        }
        return RedirectAction(
            scheme: scheme,
            host: message.hostRedirect.isEmpty ? nil : message.hostRedirect,
            port: message.portRedirect == 0 ? nil : try port("port_redirect", message.portRedirect),
            path: path,
            status: status,
            stripsQuery: message.stripQuery
        )
    }

    private func directResponse(
        _ message: Envoy_Config_Route_V3_DirectResponseAction
    ) throws(InvalidResource) -> DirectResponse {
        guard (200..<600).contains(message.status) else { throw invalid("status", "must be 200...599") }
        guard !message.hasBodyFormat else { throw invalid("body_format", "is not supported") }
        let body: [UInt8]
        switch message.body.specifier {
        case .inlineString(let text)?: body = Array(text.utf8)
        case .inlineBytes(let data)?: body = [UInt8](data)
        case .filename?: throw invalid("body.filename", "is not supported")
        case nil: body = []
        }
        return DirectResponse(status: UInt16(message.status), body: body)
    }
}

/// The clusters a route table names, each once, in order of appearance.
struct ReferencedClusters {
    private(set) var ordered: [ClusterIndex] = []
    private var seen: Set<ClusterIndex> = []

    mutating func note(_ cluster: ClusterIndex) -> ClusterIndex {
        if seen.insert(cluster).inserted { ordered.append(cluster) }
        return cluster
    }
}
