import MeshModel

/// The hosts of a VirtualService on one port (Istio `separateVSHostsAndServices`).
struct RuleClaim {
    /// Services of the port that the rule is for, with HTTP or sniffed.
    var services: [Service] = []
    /// Hosts of the rule that are no service.
    var otherHosts: [String] = []
    /// Whether the rule gives the port any virtual host.
    var isRelevant = false

    init(_ rule: RoutingRule, on port: UInt32, of registry: [Hostname: Service], scope: ProxyScope) {
        var matched: [Service] = []
        for host in rule.hosts where !host.isWildcard {
            if let service = registry[host] {
                matched.append(service)
            } else {
                otherHosts.append(host.text)
            }
        }
        for host in rule.hosts where host.isWildcard {
            let covered = registry.values.filter { $0.hostname.matches(host) }
            if covered.isEmpty { otherHosts.append(host.text) }
            // A service belongs to the most specific rule alone.
            matched += covered.sorted { $0.key < $1.key }
                .filter { scope.virtualService(for: $0.hostname)?.key == rule.key }
        }
        var seen: Set<Hostname> = []
        services = matched.filter { service in
            guard let own = service.port(port), own.protocol.isHTTP || own.protocol.isSniffed else { return false }
            return service.resolution != .alias && seen.insert(service.hostname).inserted
        }
        // Hosts outside the registry exist on port 80 only, as Istio has it; elsewhere they ride along with services.
        isRelevant = !services.isEmpty || (port == 80 && !otherHosts.isEmpty)
    }
}

/// Domains already given away in one route configuration; Envoy refuses all of it over one domain written twice.
struct DomainClaims {
    private var taken: Set<String> = []
    private var known: Set<String> = []

    /// Full names that abbreviations of other hosts may not take.
    mutating func know(_ hosts: [String]) { known.formUnion(hosts) }

    /// Domains of a host that are still free.
    mutating func claim(_ candidates: VirtualHostDomains) -> [String] {
        candidates.domains.filter { domain in
            if candidates.abbreviations.contains(domain) && known.contains(domain) { return false }
            return !domain.isEmpty && HeaderText.isText(domain) && taken.insert(domain.lowercased()).inserted
        }
    }
}
