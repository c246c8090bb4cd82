/// A host a Gateway exposes, and the namespaces whose VirtualServices may use it (`namespace/host`).
package struct GatewayHost: Sendable, Hashable {
    /// Namespace of VirtualServices; nil for every namespace.
    package var namespace: String?
    /// Host; may be a wildcard.
    package var host: Hostname

    /// Reads `host`, `*/host`, `./host` or `namespace/host` of a Gateway in `gatewayNamespace` (Istio
    /// `sanitizeServerHostNamespace`).
    package init(_ text: String, gatewayNamespace: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2 else {
            host = Hostname(text)
            return
        }
        host = Hostname(parts[1])
        switch parts[0] {
        case "*": namespace = nil
        case ".": namespace = gatewayNamespace
        default: namespace = parts[0]
        }
    }
}

extension [GatewayHost] {
    /// Hosts that a server and a VirtualService of `namespace` have in common, each as the narrower of the two writes it,
    /// without repetition (Istio `host.Names.Intersection`).
    ///
    /// Cost: the product of both counts.
    package func shared(with hosts: [Hostname], of namespace: String) -> [Hostname] {
        var result: [Hostname] = []
        var seen: Set<Hostname> = []
        for own in self where own.namespace == nil || own.namespace == namespace {
            for other in hosts {
                let narrower = own.host.isSubset(of: other) ? own.host : other.isSubset(of: own.host) ? other : nil
                if let narrower, seen.insert(narrower).inserted { result.append(narrower) }
            }
        }
        return result
    }
}
