import ProxySnapshot

/// What a connection alone says of authorization conditions, whatever its requests are.
struct ConnectionAnswers {
    let facts: DownstreamFacts

    private enum Possibility {
        case never
        case perhaps
        case always
    }

    /// Whether a request of this connection may match the policy.
    func mayMatch(_ policy: AuthorizationPolicy, _ doubt: Bool) -> Bool {
        policy.connectionConditions.allSatisfy { possibility(of: $0, doubt) != .never }
    }

    /// Sets the bits of the policies that the names of the peer leave possible.
    func markPossible(
        _ rules: AuthorizationRules,
        into bits: UnsafeMutableBufferPointer<UInt64>,
        scratch: UnsafeMutableBufferPointer<UInt64>
    ) {
        guard let dimension = rules.index.peer else {
            for position in rules.policies.indices { bits[position >> 6] |= 1 << UInt64(position & 63) }
            return
        }
        dimension.unconstrained.withUnsafeBufferPointer { _ = bits.update(fromContentsOf: $0) }
        guard facts.isTLS, let peer = facts.peer else { return }
        scratch.update(repeating: ~0)
        func mark(_ name: ContiguousArray<UInt8>) {
            name.withUnsafeBytes { name in
                dimension.patterns.mark(name, into: bits)
                dimension.patterns.search(name, among: scratch, into: bits)
            }
        }
        for name in peer.uriSANs { mark(name) }
        for name in peer.dnsSANs { mark(name) }
        mark(peer.subject)
    }

    /// What the connection alone says of a condition.
    private func possibility(of condition: AuthorizationCondition, _ doubt: Bool) -> Possibility {
        switch condition {
        case .all(let parts):
            var result = Possibility.always
            for part in parts {
                switch possibility(of: part, doubt) {
                case .never: return .never
                case .perhaps: result = .perhaps
                case .always: break
                }
            }
            return result
        case .either(let parts):
            var result = Possibility.never
            for part in parts {
                switch possibility(of: part, doubt) {
                case .always: return .always
                case .perhaps: result = .perhaps
                case .never: break
                }
            }
            return result
        case .not(let part):
            switch possibility(of: part, !doubt) {
            case .never: return .always
            case .perhaps: return .perhaps
            case .always: return .never
            }
        case .header, .path, .metadata, .clientAddress: return .perhaps
        case .any, .destinationAddress, .destinationPorts, .serverName, .authenticated, .peerPrincipal, .peerAddress:
            return holds(condition, doubt) ? .always : .never
        }
    }

    /// Whether a condition about the connection alone holds; `doubt` is the answer where it cannot be told.
    func holds(_ condition: AuthorizationCondition, _ doubt: Bool) -> Bool {
        switch condition {
        case .any: return true
        case .destinationAddress(let range): return range.contains(facts.local.address)
        case .destinationPorts(let ports): return ports.contains(Int(facts.local.port))
        case .serverName(let matcher): return matcher.matches(facts.serverName, doubt)
        case .authenticated(let matcher):
            guard facts.isTLS, let peer = facts.peer else { return false }
            guard let matcher else { return true }
            return peer.uriSANs.contains { matcher.matches($0, doubt) }
                || peer.dnsSANs.contains { matcher.matches($0, doubt) } || matcher.matches(peer.subject, doubt)
        case .peerPrincipal(let matcher):
            guard facts.isTLS, let principal = facts.peer?.principal else { return false }
            return matcher.matches(principal, doubt)
        case .peerAddress(let range): return range.contains(facts.remote.address)
        case .all, .either, .not, .header, .path, .metadata, .clientAddress: return false
        }
    }
}

extension StringMatcher {
    fileprivate func matches(_ text: ContiguousArray<UInt8>, _ doubt: Bool) -> Bool {
        text.withUnsafeBytes { matches($0, doubt: doubt) }
    }
}
