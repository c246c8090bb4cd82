package import HTTPWire
package import ProxySnapshot

/// Asks one set of authorization rules about the requests of one connection.
///
/// What depends on the connection alone is asked once; policies that can never match on it are not looked at again.
/// A request then costs look-ups in the index and the few policies that are left. No allocation after the first one.
/// Confined to its worker's loop.
package final class AuthorizationSession {
    package let rules: AuthorizationRules
    private let facts: DownstreamFacts
    private let client: ForwardedClient
    // A bit for every policy: those that may match on this connection.
    private var alive: ContiguousArray<UInt64>
    private var candidates: ContiguousArray<UInt64>
    private var marked: ContiguousArray<UInt64>
    private var hasClientAddress = false
    private var clientAddress: IPAddress?

    /// - Parameter client: whom `remote_ip` means.
    package init(_ rules: AuthorizationRules, facts: DownstreamFacts, client: ForwardedClient = .peer) {
        self.rules = rules
        self.facts = facts
        self.client = client
        let none = ContiguousArray<UInt64>(repeating: 0, count: rules.index.words)
        alive = none
        candidates = none
        marked = none
        for (position, policy) in rules.policies.enumerated() where mayMatch(policy) {
            alive[position >> 6] |= 1 << UInt64(position & 63)
        }
    }

    /// The position of the first policy that matches the request; nil if none does.
    package func match(_ head: borrowing RequestHead, metadata: borrowing RequestMetadata) -> Int? {
        hasClientAddress = false
        narrow(head)
        for word in candidates.indices {
            var bits = candidates[word]
            while bits != 0 {
                let position = word &* 64 &+ bits.trailingZeroBitCount
                bits &= bits &- 1
                guard position < rules.policies.count else { return nil }
                if holds(rules.policies[position].requestConditions, head, metadata) { return position }
            }
        }
        return nil
    }

    /// Leaves the policies as candidates that the index cannot rule out.
    private func narrow(_ head: borrowing RequestHead) {
        for word in candidates.indices { candidates[word] = alive[word] }
        for dimension in rules.index.dimensions {
            switch dimension.key {
            case .path:
                narrow(by: dimension, head, value: head.pathWithoutQuery)
            case .header(let name):
                guard let first = head.headers.firstIndex(of: name) else {
                    narrow(by: dimension, head, value: nil)
                    continue
                }
                // Several lines are rare, and every policy knows best what they mean to it.
                if head.headers.firstIndex(of: name, from: first &+ 1) != nil { continue }
                narrow(by: dimension, head, value: head.headers.fields[first].valueRange)
            }
        }
    }

    private func narrow(
        by dimension: AuthorizationIndex.Dimension,
        _ head: borrowing RequestHead,
        value: ByteRange?
    ) {
        dimension.unconstrained.withUnsafeBufferPointer { unconstrained in
            candidates.withUnsafeMutableBufferPointer { candidates in
                guard let value else {
                    for word in candidates.indices { candidates[word] &= unconstrained[word] }
                    return
                }
                marked.withUnsafeMutableBufferPointer { marked in
                    _ = marked.update(fromContentsOf: unconstrained)
                    head.headers.withBytes(value) { dimension.patterns.mark($0, into: marked) }
                    for word in candidates.indices { candidates[word] &= marked[word] }
                }
            }
        }
    }

    @inline(__always)
    private func holds(
        _ conditions: [AuthorizationCondition],
        _ head: borrowing RequestHead,
        _ metadata: borrowing RequestMetadata
    ) -> Bool {
        for index in conditions.indices where !holds(conditions[index], head, metadata, rules.doubt) { return false }
        return true
    }

    /// Whether a condition holds; `doubt` is the answer where it cannot be told, turned round below every negation.
    private func holds(
        _ condition: AuthorizationCondition,
        _ head: borrowing RequestHead,
        _ metadata: borrowing RequestMetadata,
        _ doubt: Bool
    ) -> Bool {
        switch condition {
        case .all(let parts):
            for index in parts.indices where !holds(parts[index], head, metadata, doubt) { return false }
            return true
        case .either(let parts):
            for index in parts.indices where holds(parts[index], head, metadata, doubt) { return true }
            return false
        case .not(let part): return !holds(part, head, metadata, !doubt)
        case .header(let matcher): return matcher.holds(in: head.headers, doubt: doubt)
        case .path(let matcher):
            guard let path = head.pathWithoutQuery else { return false }
            return head.headers.withBytes(path) { matcher.matches($0, doubt: doubt) }
        case .metadata(let matcher): return matcher.matches(metadata, doubt: doubt)
        case .clientAddress(let range): return range.contains(client(of: head))
        case .any, .destinationAddress, .destinationPorts, .serverName, .authenticated, .peerPrincipal, .peerAddress:
            return holds(onConnection: condition, doubt)
        }
    }

    private func client(of head: borrowing RequestHead) -> IPAddress {
        if !hasClientAddress {
            clientAddress = client.address(in: head.headers)
            hasClientAddress = true
        }
        return clientAddress ?? facts.remote.address
    }

    // MARK: The connection

    private enum Possibility {
        case never
        case perhaps
        case always
    }

    private func mayMatch(_ policy: AuthorizationPolicy) -> Bool {
        policy.conditions.allSatisfy { possibility(of: $0, rules.doubt) != .never }
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
            return holds(onConnection: condition, doubt) ? .always : .never
        }
    }

    private func holds(onConnection condition: AuthorizationCondition, _ doubt: Bool) -> Bool {
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
