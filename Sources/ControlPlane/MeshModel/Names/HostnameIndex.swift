/// Values by host, looked up with the most specific host first (Istio `MostSpecificHostMatch`).
package struct HostnameIndex<Value: Sendable>: Sendable {
    private var exact: [Hostname: Value] = [:]
    private var wildcards: [Hostname: Value] = [:]
    private var wildcardsBySpecificity: [Hostname] = []

    package init() {}

    /// Hosts in the index, most specific first.
    package var hosts: [Hostname] { exact.keys.sorted() + wildcardsBySpecificity }

    /// Whether nothing is in the index.
    package var isEmpty: Bool { exact.isEmpty && wildcards.isEmpty }

    /// Value stored under exactly this host. Cost: one hash; writing a new wildcard is linear in the wildcards.
    package subscript(host host: Hostname) -> Value? {
        get { host.isWildcard ? wildcards[host] : exact[host] }
        set {
            guard host.isWildcard else {
                exact[host] = newValue
                return
            }
            let isKnown = wildcards[host] != nil
            wildcards[host] = newValue
            if newValue == nil {
                wildcardsBySpecificity.removeAll { $0 == host }
            } else if !isKnown {
                let place = wildcardsBySpecificity.firstIndex { host < $0 } ?? wildcardsBySpecificity.endIndex
                wildcardsBySpecificity.insert(host, at: place)
            }
        }
    }

    /// Value of the most specific host that covers `host`; a wildcard is covered by itself or a wider one.
    ///
    /// Cost: one hash, then linear in the wildcards of the index.
    package func mostSpecific(for host: Hostname) -> Value? {
        if let value = self[host: host] { return value }
        for wildcard in wildcardsBySpecificity where host.isSubset(of: wildcard) {
            return wildcards[wildcard]
        }
        return nil
    }
}
