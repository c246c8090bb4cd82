import EnvoyAPI
import MeshConfig
import MeshModel
import SwiftProtobuf

extension XDS.Route {
    /// Sends the requests of a rule on (Istio `applyHTTPRouteDestination`).
    mutating func forward(_ rule: HTTPRoute, authority ruleAuthority: String, in context: RouteContext) {
        var action = XDS.RouteAction()
        action.setTimeout(rule.timeout)
        var authority = ruleAuthority
        if let rewrite = rule.rewrite {
            action.apply(rewrite)
            if !rewrite.authority.isEmpty { authority = rewrite.authority }
        }
        if !authority.isEmpty, HeaderText.isText(authority) { action.hostRewriteLiteral = authority }
        action.requestMirrorPolicies = rule.mirrorPolicies(in: context)

        var isHashed = false
        if let only = rule.route.first, rule.route.count == 1 {
            isHashed = context.hash(only.destination) != nil
            action.cluster = context.cluster(only.destination)
            apply(only.headers, to: &action)
            action.addHash(context.hash(only.destination))
        } else {
            let weighted = rule.route.filter { $0.weight > 0 }
            for destination in weighted {
                action.weightedClusters.clusters.append(.init(destination, in: context))
                action.addHash(context.hash(destination.destination))
            }
            // Envoy refuses a sum of zero; nowhere to go is what such a rule says.
            if weighted.isEmpty { action.cluster = WellKnownName.blackHoleCluster }
        }
        let retries = XDS.RetryPolicy.outbound(rule.retries ?? context.mesh.defaultHttpRetryPolicy, isHashed: isHashed)
        if let retries { action.retryPolicy = retries }
        route = action
    }

    /// Header operations of the only destination join those of the route; its authority yields to the route's.
    private mutating func apply(_ headers: Headers?, to action: inout XDS.RouteAction) {
        let changes = HeaderChanges(headers)
        requestHeadersToAdd += changes.requestToAdd
        requestHeadersToRemove += changes.requestToRemove
        responseHeadersToAdd += changes.responseToAdd
        responseHeadersToRemove += changes.responseToRemove
        if !changes.authority.isEmpty && action.hostRewriteSpecifier == nil {
            action.hostRewriteLiteral = changes.authority
        }
    }
}

extension XDS.RouteAction {
    /// Time for the whole request; gRPC's own deadline is bounded by the same (Istio `setTimeout`).
    mutating func setTimeout(_ timeout: Duration?) {
        self.timeout = timeout.map { .init($0) } ?? .zero
        maxGrpcTimeout = self.timeout
    }

    mutating func addHash(_ hash: ConsistentHashLB?) {
        guard let hash, let policy = HashPolicy(hash), !hashPolicy.contains(policy) else { return }
        hashPolicy.append(policy)
    }

    fileprivate mutating func apply(_ rewrite: HTTPRewrite) {
        if let expression = rewrite.uriRegexRewrite, !expression.match.isEmpty {
            regexRewrite.pattern.regex = expression.match
            regexRewrite.substitution = expression.rewrite
        } else if !rewrite.uri.isEmpty, HeaderText.isText(rewrite.uri) {
            prefixRewrite = rewrite.uri
        }
    }
}

extension Envoy_Config_Route_V3_WeightedCluster.ClusterWeight {
    /// One weighted destination (Istio `processWeightedDestination`).
    init(_ destination: HTTPRouteDestination, in context: RouteContext) {
        self.init()
        name = context.cluster(destination.destination)
        weight = .init(UInt32(clamping: destination.weight))
        let changes = HeaderChanges(destination.headers)
        requestHeadersToAdd = changes.requestToAdd
        requestHeadersToRemove = changes.requestToRemove
        responseHeadersToAdd = changes.responseToAdd
        responseHeadersToRemove = changes.responseToRemove
        if !changes.authority.isEmpty { hostRewriteLiteral = changes.authority }
    }
}

extension HTTPRoute {
    /// Copies sent elsewhere; a share of zero mirrors nothing (Istio `MirrorPercent`).
    func mirrorPolicies(in context: RouteContext) -> [XDS.RouteAction.RequestMirrorPolicy] {
        var policies: [XDS.RouteAction.RequestMirrorPolicy] = []
        if let mirror {
            let share: XDS.FractionalPercent =
                mirrorPercentage.map { .init(percent: $0.value) }
                ?? .init(wholePercent: mirrorPercent ?? 100)
            policies.append(.init(cluster: context.cluster(mirror), share: share))
        }
        for policy in mirrors {
            let share: XDS.FractionalPercent =
                policy.percentage.map { .init(percent: $0.value) } ?? .init(wholePercent: 100)
            policies.append(.init(cluster: context.cluster(policy.destination), share: share))
        }
        return policies.filter { $0.runtimeFraction.defaultValue.numerator > 0 }
    }
}

extension XDS.RouteAction.RequestMirrorPolicy {
    init(cluster: String, share: XDS.FractionalPercent) {
        self.init()
        self.cluster = cluster
        runtimeFraction.defaultValue = share
        traceSampled = .init(false)
        disableShadowHostSuffixAppend = true
    }
}
