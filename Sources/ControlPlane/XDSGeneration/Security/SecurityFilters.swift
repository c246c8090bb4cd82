import EnvoyAPI
import MeshConfig
import MeshModel
import SwiftProtobuf

/// Filters that authenticate and authorize what arrives at a proxy: at a sidecar's inbound listeners and at every listener
/// of a gateway, on every port alike. Outgoing calls of a sidecar have none.
///
/// A policy asks for ports itself; which policies there are depends on the workload alone.
struct SecurityFilters {
    private let custom: ExternalAuthorizationFilters
    private let tokens: TokenFilter
    private let authorization: AuthorizationFilters

    init(_ view: ProxyView) {
        let policies = view.authorizationPolicies
        let trustDomains = TrustDomains(view.mesh)
        custom = ExternalAuthorizationFilters(view: view, policies: policies, trustDomains: trustDomains)
        tokens = TokenFilter(view: view, policies: view.requestAuthentications)
        authorization = AuthorizationFilters(policies: policies, trustDomains: trustDomains)
    }

    /// Filters of a connection manager, before all others: CUSTOM, tokens, AUDIT, DENY, ALLOW.
    var http: [XDS.HTTPFilter] { custom.http + [tokens.filter].compactMap(\.self) + authorization.http }

    /// Filters of a chain that carries connections, before the TCP proxy: CUSTOM, AUDIT, DENY, ALLOW.
    var network: [XDS.Filter] { custom.network + authorization.network }
}

extension XDS.HTTPConnectionManager {
    /// Has requests authenticated and authorized before anything else is done with them.
    mutating func secure(by filters: SecurityFilters) {
        httpFilters.insert(contentsOf: filters.http, at: 0)
    }
}

extension XDS.Filter {
    init(_ name: String, _ config: some Message) {
        self.init()
        self.name = name
        typedConfig = .init(packing: config)
    }
}
