/// What the `hosts` of an egress listener import (Istio `hostsByNamespace`).
struct EgressHosts {
    private var imported: [String: [Hostname]] = [:]
    private var excluded: [String: [Hostname]] = [:]

    /// Reads `./host`, `*/host`, `namespace/host`, `~/*` (nothing) and `~namespace/host` (excluded) for a proxy of
    /// `namespace`. A host without namespace is of every namespace.
    init(_ hosts: [String], namespace: String) {
        for text in hosts {
            let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let (scope, host) = parts.count == 2 ? (parts[0], parts[1]) : ("*", text)
            if scope == "~" { continue }
            let isExclusion = scope.hasPrefix("~")
            let name = isExclusion ? String(scope.dropFirst()) : scope
            let key = name == "." ? namespace : name
            if isExclusion {
                excluded[key, default: []].append(Hostname(host))
            } else {
                imported[key, default: []].append(Hostname(host))
            }
        }
    }

    /// Whether a service is imported: its host lies within an imported one and within no excluded one.
    func imports(_ service: ServiceKey) -> Bool {
        let covers = { (hosts: [Hostname]?) in hosts?.contains { service.hostname.isSubset(of: $0) } ?? false }
        if covers(excluded[service.namespace]) || covers(excluded["*"]) { return false }
        return covers(imported[service.namespace]) || covers(imported["*"])
    }

    /// Whether a VirtualService is imported: one of its hosts meets an imported one, in either direction.
    func imports(_ rule: RoutingRule) -> Bool {
        let covers = { (hosts: [Hostname]?) in
            hosts?.contains { wanted in rule.hosts.contains { $0.matches(wanted) } } ?? false
        }
        let leavesOut = { (hosts: [Hostname]?) in
            hosts?.contains { unwanted in rule.hosts.allSatisfy { $0.isSubset(of: unwanted) } } ?? false
        }
        if leavesOut(excluded[rule.namespace]) || leavesOut(excluded["*"]) { return false }
        return covers(imported[rule.namespace]) || covers(imported["*"])
    }
}
