package import MeshConfig

extension MeshSnapshot {
    /// AuthorizationPolicies that apply to a proxy: those of the root namespace, then those of its own, each oldest
    /// first (Istio `ListAuthorizationPolicies`). Cost: linear in the policies of both namespaces.
    package func authorizationPolicies(for node: ProxyNode) -> [Resource<AuthorizationPolicy>] {
        authorizationPolicies.policies(namespace: node.namespace, labels: labels(of: node))
    }

    /// RequestAuthentications that apply to a proxy, in the same order (Istio `GetJwtPoliciesForWorkload`). Cost: linear
    /// in those of both namespaces.
    package func requestAuthentications(for node: ProxyNode) -> [Resource<RequestAuthentication>] {
        requestAuthentications.policies(namespace: node.namespace, labels: labels(of: node))
    }

    /// Keys of the policies that `authorizationPolicies(for:)` and `requestAuthentications(for:)` give.
    package func securityPolicyKeys(for node: ProxyNode) -> [ObjectKey] {
        authorizationPolicies(for: node).map {
            ObjectKey(kind: .authorizationPolicy, namespace: $0.namespace, name: $0.name)
        }
            + requestAuthentications(for: node).map {
                ObjectKey(kind: .requestAuthentication, namespace: $0.namespace, name: $0.name)
            }
    }

    /// The JSON Web Key Set fetched from a location; nil while none was. Cost: one hash.
    package func keySet(at location: JSONWebKeyLocation) -> String? { keySets[location] }

    /// The service an extension provider names as `HOST` or `NAMESPACE/HOST`; throws why there is none
    /// (Istio `LookupCluster`). A host without namespace must be defined in one namespace only.
    package func providerService(_ provider: ExternalAuthorization) throws(ProviderServiceFault) -> Service {
        try registry.providerService(provider)
    }
}

/// Why the service of an extension provider cannot be asked.
package enum ProviderServiceFault: Error, Hashable, CustomStringConvertible {
    case unknown(String)
    case ambiguous(String, namespaces: [String])
    case noPort(String, UInt32)

    package var description: String {
        switch self {
        case .unknown(let service): "its service \(service) is not in the registry"
        case .ambiguous(let service, let namespaces):
            "its service \(service) is in the namespaces \(namespaces.joined(separator: ", ")); write NAMESPACE/HOST"
        case .noPort(let service, let port): "its service \(service) has no port \(port)"
        }
    }
}

extension ServiceRegistry {
    func providerService(_ provider: ExternalAuthorization) throws(ProviderServiceFault) -> Service {
        let parts = provider.service.split(separator: "/").map(String.init)
        let hostname = Hostname(parts.last ?? "")
        let found: Service
        if parts.count == 2 {
            guard let service = service(ServiceKey(hostname: hostname, namespace: parts[0])) else {
                throw .unknown(provider.service)
            }
            found = service
        } else {
            let services = services(for: hostname)
            guard let service = services.first else { throw .unknown(provider.service) }
            guard services.count == 1 else {
                throw .ambiguous(provider.service, namespaces: services.map(\.namespace).sorted())
            }
            found = service
        }
        let target = found.aliasTarget.flatMap { self.service($0) } ?? found
        guard target.port(provider.port) != nil else { throw .noPort(provider.service, provider.port) }
        return target
    }
}
