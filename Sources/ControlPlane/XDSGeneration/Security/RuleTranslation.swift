import EnvoyAPI
import MeshConfig
import MeshModel

/// Translates rules of authorization policies into policies of Envoy's RBAC filters (Istio `authz/model.Model`).
struct RuleTranslation {
    /// Names of the mesh's trust domain.
    let trustDomains: TrustDomains
    /// Namespace of the policy, which service accounts without one are of.
    let namespace: String
    /// Action of the policy.
    let action: AuthorizationPolicy.Action
    /// Whether it is for connections, which have no fields of HTTP.
    let isTCP: Bool

    /// A rule; nil when it must not apply at all.
    ///
    /// On connections an ALLOW rule that asks for fields of HTTP is left out, which allows less; of any other rule those
    /// fields are left out, which refuses more.
    func policy(_ rule: AuthorizationPolicy.Rule) -> XDS.RBACPolicy? {
        if isTCP, action == .allow, !rule.httpFields.isEmpty { return nil }
        let (operations, callers) = conditions(rule.when)
        var policy = XDS.RBACPolicy()
        policy.permissions =
            rule.to.isEmpty ? [.all(operations)] : rule.to.map { .all(permissions($0) + operations) }
        policy.principals = rule.from.isEmpty ? [.all(callers)] : rule.from.map { .all(principals($0) + callers) }
        return policy
    }

    // MARK: From

    private func principals(_ source: AuthorizationPolicy.Source) -> [XDS.Principal] {
        callers(expanded(source.principals)) { value, _ in .identity(value) }
            + together(source.requestPrincipals, ClaimMatch.principal)
            + callers(source.serviceAccounts) { value, _ in .serviceAccount(value, policyNamespace: namespace) }
            + callers(expanded(domains: source.trustDomains)) { value, _ in .trustDomain(value) }
            + callers(source.namespaces) { value, _ in .namespace(value) }
            + callers(source.remoteIpBlocks) { value, _ in .caller(at: value) }
            + callers(source.ipBlocks) { value, _ in .connection(from: value) }
    }

    private func expanded(_ principals: PolicyValues) -> PolicyValues {
        PolicyValues(
            values: trustDomains.expand(principals: principals.values),
            notValues: trustDomains.expand(principals: principals.notValues)
        )
    }

    private func expanded(domains: PolicyValues) -> PolicyValues {
        PolicyValues(
            values: trustDomains.expand(domains: domains.values),
            notValues: trustDomains.expand(domains: domains.notValues)
        )
    }

    // MARK: To

    private func permissions(_ operation: AuthorizationPolicy.Operation) -> [XDS.Permission] {
        var result: [XDS.Permission] = []
        if !isTCP {
            result += operations(operation.hosts) { .host($0, $1) }
            result += operations(operation.methods) { value, _ in .header(.policy(":method", value)) }
            result += operations(operation.paths) { value, _ in .path(policy: value) }
        }
        return result + operations(operation.ports) { value, _ in .destinationPort(value) }
    }

    // MARK: When

    private func conditions(
        _ conditions: [AuthorizationPolicy.Condition]
    ) -> (operations: [XDS.Permission], callers: [XDS.Principal]) {
        var operations: [XDS.Permission] = []
        var callers: [XDS.Principal] = []
        for condition in conditions where !isTCP || !condition.key.isHTTP {
            let values = condition.values
            switch condition.key {
            case .destinationIP: operations += self.operations(values) { value, _ in .destination(value) }
            case .destinationPort: operations += self.operations(values) { value, _ in .destinationPort(value) }
            case .serverName: operations += self.operations(values) { value, _ in .serverName(value) }
            case .filterMetadata(let filter, let key):
                operations += together(values) {
                    var permission = XDS.Permission()
                    permission.metadata = ClaimMatch.filterMetadata(filter, key: key, isOneOf: $0)
                    return permission
                }
            case .sourceIP: callers += self.callers(values) { value, _ in .connection(from: value) }
            case .remoteIP: callers += self.callers(values) { value, _ in .caller(at: value) }
            case .sourceNamespace: callers += self.callers(values) { value, _ in .namespace(value) }
            case .sourceServiceAccount:
                callers += self.callers(values) { value, _ in .serviceAccount(value, policyNamespace: namespace) }
            case .sourcePrincipal: callers += self.callers(expanded(values)) { value, _ in .identity(value) }
            case .sourceTrustDomain:
                callers += self.callers(expanded(domains: values)) { value, _ in .trustDomain(value) }
            case .requestHeader(let name): callers += self.callers(values) { .header(name, $0, $1) }
            case .requestPrincipal: callers += together(values, ClaimMatch.principal)
            case .requestAudiences: callers += together(values) { .metadata(ClaimMatch.claim(["aud"], isOneOf: $0)) }
            case .requestPresenter: callers += together(values) { .metadata(ClaimMatch.claim(["azp"], isOneOf: $0)) }
            case .requestClaim(let names):
                callers += together(values) { .metadata(ClaimMatch.claim(names, isOneOf: $0)) }
            }
        }
        return (operations, callers)
    }

    // MARK: Values

    /// What a match of a value leads to, and of one that must not match.
    private var effects: (values: MatchEffect, notValues: MatchEffect) {
        action == .allow ? (.admits, .refuses) : (.refuses, .admits)
    }

    private func callers(
        _ values: PolicyValues,
        _ match: (String, MatchEffect) -> XDS.Principal
    ) -> [XDS.Principal] {
        var result: [XDS.Principal] = []
        if !values.values.isEmpty { result.append(.one(of: values.values.map { match($0, effects.values) })) }
        if !values.notValues.isEmpty {
            result.append(.not(.one(of: values.notValues.map { match($0, effects.notValues) })))
        }
        return result
    }

    private func operations(
        _ values: PolicyValues,
        _ match: (String, MatchEffect) -> XDS.Permission
    ) -> [XDS.Permission] {
        var result: [XDS.Permission] = []
        if !values.values.isEmpty { result.append(.one(of: values.values.map { match($0, effects.values) })) }
        if !values.notValues.isEmpty {
            result.append(.not(.one(of: values.notValues.map { match($0, effects.notValues) })))
        }
        return result
    }

    /// All values in one match; only HTTP requests have these callers.
    private func together(_ values: PolicyValues, _ match: ([String]) -> XDS.Principal) -> [XDS.Principal] {
        guard !isTCP else { return [] }
        var result: [XDS.Principal] = []
        if !values.values.isEmpty { result.append(match(values.values)) }
        if !values.notValues.isEmpty { result.append(.not(match(values.notValues))) }
        return result
    }

    private func together(_ values: PolicyValues, _ match: ([String]) -> XDS.Permission) -> [XDS.Permission] {
        var result: [XDS.Permission] = []
        if !values.values.isEmpty { result.append(match(values.values)) }
        if !values.notValues.isEmpty { result.append(.not(match(values.notValues))) }
        return result
    }
}
