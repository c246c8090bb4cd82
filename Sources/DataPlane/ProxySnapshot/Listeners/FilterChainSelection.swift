extension Listener {
    /// Chooses the filter chain of a connection in Envoy's order: destination port, destination address, server name,
    /// transport protocol, application protocol, directly connected source, source type, source address, source port.
    ///
    /// At each step the chains that match the criterion most specifically stay; if none asks for what the connection
    /// has, those that do not ask stay. There is no way back to chains dropped at an earlier step.
    package func filterChain(for facts: ConnectionFacts) -> FilterChainSelection {
        var left = filterChains
        Self.narrow(&left, \.destinationPort) {
            $0 == nil
        } specificity: {
            $0 == facts.destination.port ? 1 : nil
        }
        Self.narrow(&left, \.prefixRanges) {
            $0.isEmpty
        } specificity: {
            $0.longest(facts.destination.address)
        }
        Self.narrow(&left, \.serverNames) {
            $0.isEmpty
        } specificity: {
            serverNameMatch($0, facts.serverName)
        }
        Self.narrow(&left, \.transportProtocol) {
            $0.isEmpty
        } specificity: {
            $0 == facts.transportProtocol ? 1 : nil
        }
        Self.narrow(&left, \.applicationProtocols) {
            $0.isEmpty
        } specificity: { wanted in
            // The connection's protocols stand in its order of preference.
            facts.applicationProtocols.firstIndex { wanted.contains($0) }.map { -$0 }
        }
        Self.narrow(&left, \.directSourcePrefixRanges) {
            $0.isEmpty
        } specificity: {
            $0.longest(facts.directSource.address)
        }
        Self.narrow(&left, \.sourceType) {
            $0 == .any
        } specificity: {
            $0 == facts.sourceType ? 1 : nil
        }
        Self.narrow(&left, \.sourcePrefixRanges) {
            $0.isEmpty
        } specificity: {
            $0.longest(facts.source.address)
        }
        Self.narrow(&left, \.sourcePorts) {
            $0.isEmpty
        } specificity: {
            $0.contains(facts.source.port) ? 1 : nil
        }
        switch (left.count, left.first, defaultFilterChain) {
        case (1, let chain?, _): return .matched(chain)
        case (2..., _, _): return .ambiguous(left)
        case (_, _, let chain?): return .defaultChain(chain)
        default: return .none
        }
    }

    /// One step: keeps the chains with the best specificity, else those that do not ask.
    private static func narrow<Criterion, Specificity: Comparable>(
        _ chains: inout [FilterChain],
        _ criterion: KeyPath<FilterChainMatch, Criterion>,
        isAbsent: (Criterion) -> Bool,
        specificity: (Criterion) -> Specificity?
    ) {
        guard chains.contains(where: { !isAbsent($0.match[keyPath: criterion]) }) else { return }
        var best: Specificity?
        var kept: [FilterChain] = []
        for chain in chains {
            let value = chain.match[keyPath: criterion]
            guard !isAbsent(value), let rank = specificity(value) else { continue }
            if let known = best, rank < known { continue }
            if let known = best, rank > known { kept = [] }
            best = rank
            kept.append(chain)
        }
        chains = best == nil ? chains.filter { isAbsent($0.match[keyPath: criterion]) } : kept
    }
}

extension ConnectionFacts {
    fileprivate var sourceType: ConnectionSourceType {
        let isLocal = source.address == destination.address || source.address.isLoopback
        return isLocal ? .sameAddressOrLoopback : .external
    }
}

extension [CIDRRange] {
    /// The length of the longest prefix that contains `address`.
    fileprivate func longest(_ address: IPAddress) -> Int? {
        var best: Int?
        for range in self where range.contains(address) { best = Swift.max(best ?? 0, range.prefixLength) }
        return best
    }
}

/// How well a chain's server names match: exact before any wildcard, a longer wildcard before a shorter one.
private func serverNameMatch(_ names: [String], _ serverName: String) -> Int? {
    guard !serverName.isEmpty else { return nil }
    var best: Int?
    for name in names {
        if name == serverName { return Int.max }
        guard name.hasPrefix("*.") else { continue }
        let suffix = name.dropFirst()
        if serverName.count > suffix.count, serverName.hasSuffix(suffix) { best = max(best ?? 0, suffix.count) }
    }
    return best
}
