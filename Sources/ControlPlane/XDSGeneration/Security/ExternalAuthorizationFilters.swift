import EnvoyAPI
import MeshConfig
import MeshModel
import SwiftProtobuf

/// Filters of a proxy's CUSTOM policies: an RBAC filter that only notes which policy matches, then the external
/// authorization that is asked when one did (Istio `authz/builder`).
struct ExternalAuthorizationFilters {
    let view: ProxyView
    let policies: [Resource<AuthorizationPolicy>]
    let trustDomains: TrustDomains

    /// Prefix of the RBAC filter's results in dynamic metadata (Istio `RBACExtAuthzShadowRulesStatPrefix`).
    private static let statPrefix = "istio_ext_authz_"

    /// Policies of one provider, and how it is asked; nil when it cannot be.
    private struct Group {
        var name: String
        var policies: [Resource<AuthorizationPolicy>]
        var target: Target?

        /// What the names of the policies begin with.
        var namePrefix: String { "istio-ext-authz-\(name)-" }
    }

    private struct Target {
        var kind: ExtensionProvider.Kind
        var service: Service
        var cluster: String
    }

    /// Trials have no effect: a provider that is asked decides.
    private var groups: [Group] {
        let custom = policies.filter { $0.spec.action == .custom && !$0.isDryRun }
        let byProvider = Dictionary(grouping: custom, by: \.spec.provider).sorted { $0.key < $1.key }
        // Of several none could be preferred safely, so all of them refuse.
        return byProvider.map { name, policies in
            Group(name: name, policies: policies, target: byProvider.count == 1 ? target(name) : nil)
        }
    }

    private func target(_ name: String) -> Target? {
        guard let provider = view.mesh.extensionProvider(named: name), let base = provider.authorization,
            let service = view.providerService(base)
        else { return nil }
        let cluster = ClusterName.outbound(port: base.port, host: service.hostname.text)
        return Target(kind: provider.kind, service: service, cluster: cluster)
    }

    /// Filters of connection managers.
    var http: [XDS.HTTPFilter] {
        groups.flatMap { group -> [XDS.HTTPFilter] in
            var rbac = XDS.HTTPRBAC()
            guard let target = group.target, var question = question(target) else {
                rbac.rules = refusal(group, isTCP: false)
                return [XDS.HTTPFilter(ExtensionName.httpRBAC, rbac)]
            }
            rbac.shadowRules = rules(group, isTCP: false)
            rbac.shadowRulesStatPrefix = Self.statPrefix
            question.filterEnabledMetadata = trigger(group, filter: ExtensionName.httpRBAC)
            return [
                XDS.HTTPFilter(ExtensionName.httpRBAC, rbac), XDS.HTTPFilter(ExtensionName.httpExtAuthz, question),
            ]
        }
    }

    /// Filters of chains of connections; providers over HTTP are asked about requests only.
    var network: [XDS.Filter] {
        groups.flatMap { group -> [XDS.Filter] in
            var rbac = XDS.NetworkRBAC()
            rbac.statPrefix = AuthorizationFilters.tcpStatPrefix
            guard let target = group.target else {
                rbac.rules = refusal(group, isTCP: true)
                return [XDS.Filter(ExtensionName.networkRBAC, rbac)]
            }
            guard case .authorizationGRPC(let provider) = target.kind else { return [] }
            rbac.shadowRules = rules(group, isTCP: true)
            rbac.shadowRulesStatPrefix = Self.statPrefix
            var question = XDS.NetworkExtAuthz()
            question.statPrefix = AuthorizationFilters.tcpStatPrefix
            question.grpcService = grpcService(target, provider.base)
            question.failureModeAllow = provider.base.failOpen
            question.transportApiVersion = .v3
            question.filterEnabledMetadata = trigger(group, filter: ExtensionName.networkRBAC)
            return [
                XDS.Filter(ExtensionName.networkRBAC, rbac), XDS.Filter(ExtensionName.networkExtAuthz, question),
            ]
        }
    }

    private func rules(_ group: Group, isTCP: Bool) -> XDS.RBAC {
        XDS.RBAC(.deny, group.policies, trustDomains, isTCP: isTCP, namePrefix: group.namePrefix)
    }

    /// The same rules, refusing: what nobody can be asked about is not let in.
    private func refusal(_ group: Group, isTCP: Bool) -> XDS.RBAC {
        var rules = rules(group, isTCP: isTCP)
        rules.policies = Dictionary(
            rules.policies.map { ("\($0.key)-deny-due-to-bad-CUSTOM-action", $0.value) },
            uniquingKeysWith: { first, _ in first }
        )
        return rules
    }

    /// The filter is asked when the policy that matched is one of the provider's.
    private func trigger(_ group: Group, filter: String) -> XDS.MetadataMatcher {
        ClaimMatch.metadata(
            filter,
            ["\(Self.statPrefix)shadow_effective_policy_id"],
            XDS.ValueMatcher(.prefix(group.namePrefix + "ns["))
        )
    }

    private func grpcService(_ target: Target, _ provider: ExternalAuthorization) -> Envoy_Config_Core_V3_GrpcService {
        var service = Envoy_Config_Core_V3_GrpcService()
        service.envoyGrpc.clusterName = target.cluster
        service.envoyGrpc.authority = target.service.hostname.text
        service.timeout = .init(provider.timeout)
        return service
    }

    private func question(_ target: Target) -> XDS.HTTPExtAuthz? {
        var question = XDS.HTTPExtAuthz()
        let base: ExternalAuthorization
        switch target.kind {
        case .authorizationHTTP(let provider):
            base = provider.base
            question.httpService = httpService(target, provider)
            if let headers = XDS.ListStringMatcher(headers: provider.includeRequestHeadersInCheck) {
                question.allowedHeaders = headers
            }
        case .authorizationGRPC(let provider):
            base = provider.base
            question.grpcService = grpcService(target, base)
        case .other: return nil
        }
        question.transportApiVersion = .v3
        question.failureModeAllow = base.failOpen
        question.clearRouteCache_p = base.clearRouteCache
        if let status = base.statusOnError.flatMap({ Envoy_Type_V3_StatusCode(rawValue: Int($0)) }) {
            question.statusOnError.code = status
        }
        if let body = base.includeRequestBodyInCheck {
            question.withRequestBody.maxRequestBytes = body.maxRequestBytes
            question.withRequestBody.allowPartialMessage = body.allowPartialMessage
            question.withRequestBody.packAsBytes = body.packAsBytes
        }
        return question
    }

    private func httpService(
        _ target: Target,
        _ provider: ExternalAuthorizationHTTP
    ) -> Envoy_Extensions_Filters_Http_ExtAuthz_V3_HttpService {
        var service = Envoy_Extensions_Filters_Http_ExtAuthz_V3_HttpService()
        service.pathPrefix = provider.pathPrefix
        service.serverUri.uri = "http://\(IPAddress.bracketed(target.service.hostname.text))"
        service.serverUri.cluster = target.cluster
        service.serverUri.timeout = .init(provider.base.timeout)
        for (name, value) in provider.includeAdditionalHeadersInCheck.sorted(by: { $0.key < $1.key }) {
            var header = Envoy_Config_Core_V3_HeaderValue()
            header.key = name
            header.value = value
            service.authorizationRequest.headersToAdd.append(header)
        }
        if let headers = XDS.ListStringMatcher(headers: provider.headersToUpstreamOnAllow) {
            service.authorizationResponse.allowedUpstreamHeaders = headers
        }
        if let headers = XDS.ListStringMatcher(headers: provider.headersToDownstreamOnDeny) {
            service.authorizationResponse.allowedClientHeaders = headers
        }
        if let headers = XDS.ListStringMatcher(headers: provider.headersToDownstreamOnAllow) {
            service.authorizationResponse.allowedClientHeadersOnSuccess = headers
        }
        return service
    }
}

extension XDS.ListStringMatcher {
    /// Names of headers with a wildcard at an end, without regard to case; nil for none.
    fileprivate init?(headers: [String]) {
        guard !headers.isEmpty else { return nil }
        self.init()
        patterns = headers.map { name in
            switch PolicyPattern(name) {
            case .any, .exact: .exact(name, ignoringCase: true)
            case .prefix(let text): .prefix(text, ignoringCase: true)
            case .suffix(let text): .suffix(text, ignoringCase: true)
            }
        }
    }
}
