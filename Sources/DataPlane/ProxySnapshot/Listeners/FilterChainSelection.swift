extension Listener {
    /// Chooses the filter chain of a connection in Envoy's order: destination port, destination address, server name,
    /// transport protocol, application protocol, directly connected source, source type, source address, source port.
    ///
    /// At each step the chains that match the criterion most specifically stay; if none asks for what the connection
    /// has, those that do not ask stay. There is no way back to chains dropped at an earlier step.
    package func filterChain(for facts: ConnectionFacts) -> FilterChainSelection {
        // Positions: to copy chains about would cost more than to look at them.
        var left = Array(filterChains.indices)
        narrow(&left, by: { $0.destinationPort }) {
            $0 == nil
        } specificity: {
            $0 == facts.destination.port ? 1 : nil
        }
        narrow(&left, by: { $0.prefixRanges }) {
            $0.isEmpty
        } specificity: {
            $0.longest(facts.destination.address)
        }
        narrow(&left, by: { $0.serverNames }) {
            $0.isEmpty
        } specificity: {
            serverNameMatch($0, facts.serverName)
        }
        narrow(&left, by: { $0.transportProtocol }) {
            $0.isEmpty
        } specificity: {
            $0 == facts.transportProtocol ? 1 : nil
        }
        narrow(&left, by: { $0.applicationProtocols }) {
            $0.isEmpty
        } specificity: { wanted in
            // The connection's protocols stand in its order of preference.
            facts.applicationProtocols.firstIndex { wanted.contains($0) }.map { -$0 }
        }
        narrow(&left, by: { $0.directSourcePrefixRanges }) {
            $0.isEmpty
        } specificity: {
            $0.longest(facts.directSource.address)
        }
        narrow(&left, by: { $0.sourceType }) {
            $0 == .any
        } specificity: {
            $0 == facts.sourceType ? 1 : nil
        }
        narrow(&left, by: { $0.sourcePrefixRanges }) {
            $0.isEmpty
        } specificity: {
            $0.longest(facts.source.address)
        }
        narrow(&left, by: { $0.sourcePorts }) {
            $0.isEmpty
        } specificity: {
            $0.contains(facts.source.port) ? 1 : nil
        }
        switch (left.count, left.first, defaultFilterChain) {
        case (1, let position?, _): return .matched(filterChains[position])
        case (2..., _, _): return .ambiguous(left.map { filterChains[$0] })
        case (_, _, let chain?): return .defaultChain(chain)
        default: return .none
        }
    }

    /// One step: keeps the chains with the best specificity, else those that do not ask.
    @inline(__always)
    private func narrow<Criterion, Specificity: Comparable>(
        _ positions: inout [Int],
        by criterion: (borrowing FilterChainMatch) -> Criterion,
        isAbsent: (Criterion) -> Bool,
        specificity: (Criterion) -> Specificity?
    ) {
        guard positions.contains(where: { !isAbsent(criterion(filterChains[$0].match)) }) else { return }
        var best: Specificity?
        var kept: [Int] = []
        for position in positions {
            let value = criterion(filterChains[position].match)
            guard !isAbsent(value), let rank = specificity(value) else { continue }
            if let known = best, rank < known { continue }
            if let known = best, rank > known { kept = [] }
            best = rank
            kept.append(position)
        }
        positions = best == nil ? positions.filter { isAbsent(criterion(filterChains[$0].match)) } : kept
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
