package import HTTPWire
package import ProxySnapshot

/// Asks one set of authorization rules about the requests of one connection.
///
/// What depends on the connection alone is asked once; policies that can never match on it are not looked at again.
/// A request then costs look-ups in the index and the few policies that are left. No allocation after the first one.
/// Confined to its worker's loop.
package final class AuthorizationSession {
    package let rules: AuthorizationRules
    private let connection: ConnectionAnswers
    private let client: ForwardedClient
    /// The policies that may match on this connection.
    private let alive: UnsafeMutableBufferPointer<UInt64>
    private let scratch: AuthorizationScratch
    /// What is left of `alive`, and the policies that a dimension knows; both in `scratch`.
    private let candidates: UnsafeMutableBufferPointer<UInt64>
    private let marked: UnsafeMutableBufferPointer<UInt64>
    /// The dimensions that may leave out any of `alive`.
    private let dimensions: [AuthorizationIndex.Dimension]
    private var hasClientAddress = false
    private var clientAddress: IPAddress?

    /// - Parameters:
    ///   - client: whom `remote_ip` means.
    ///   - scratch: what all sessions of a loop that ask these rules share; nil for one of its own.
    package init(
        _ rules: AuthorizationRules,
        facts: DownstreamFacts,
        client: ForwardedClient = .peer,
        scratch: AuthorizationScratch? = nil
    ) {
        self.rules = rules
        let connection = ConnectionAnswers(facts: facts)
        self.connection = connection
        self.client = client
        let index = rules.index
        let scratch = scratch.flatMap { $0.words >= index.words ? $0 : nil } ?? AuthorizationScratch(words: index.words)
        self.scratch = scratch
        candidates = UnsafeMutableBufferPointer(rebasing: scratch.candidates[..<index.words])
        marked = UnsafeMutableBufferPointer(rebasing: scratch.marked[..<index.words])
        alive = .allocate(capacity: index.words)
        alive.initialize(repeating: 0)
        let alive = alive
        connection.markPossible(rules, into: alive, scratch: candidates)
        var size = 0
        for (position, policy) in rules.policies.enumerated() {
            let bit: UInt64 = 1 << UInt64(position & 63)
            guard alive[position >> 6] & bit != 0 else { continue }
            if index.connected[position >> 6] & bit != 0, !connection.mayMatch(policy, rules.doubt) {
                alive[position >> 6] &= ~bit
            } else {
                size += policy.requestSize
            }
        }
        var dimensions: [AuthorizationIndex.Dimension] = []
        if size > Self.fewestConditions {
            dimensions = index.dimensions.filter { dimension in
                alive.indices.contains { alive[$0] & dimension.concerned[$0] != 0 }
            }
        }
        self.dimensions = dimensions
    }

    deinit {
        alive.deallocate()
    }

    /// So few are asked sooner than looked up.
    private static let fewestConditions = 4

    /// The position of the first policy that matches the request; nil if none does.
    package func match(_ head: borrowing RequestHead, metadata: borrowing RequestMetadata) -> Int? {
        hasClientAddress = false
        _ = candidates.update(fromContentsOf: alive)
        let isSettled = !dimensions.isEmpty && narrow(head, metadata)
        for word in candidates.indices {
            var bits = candidates[word]
            while bits != 0 {
                let position = word &* 64 &+ bits.trailingZeroBitCount
                if isSettled, rules.index.complete[word] & bits & (0 &- bits) != 0 { return position }
                bits &= bits &- 1
                guard position < rules.policies.count else { return nil }
                if holds(rules.policies[position].requestConditions, head, metadata) { return position }
            }
        }
        return nil
    }

    /// Leaves the policies as candidates that the index cannot rule out; true if it knew all that it asks for.
    private func narrow(_ head: borrowing RequestHead, _ metadata: borrowing RequestMetadata) -> Bool {
        var isSettled = true
        for index in dimensions.indices {
            let dimension = dimensions[index]
            switch dimension.key {
            case .path:
                guard let path = head.pathWithoutQuery else {
                    narrowToUnconstrained(dimension)
                    continue
                }
                head.headers.withBytes(path) { narrow(by: dimension, $0) }
            case .header(let name):
                guard let first = head.headers.firstIndex(of: name) else {
                    narrowToUnconstrained(dimension)
                    continue
                }
                if let second = head.headers.firstIndex(of: name, from: first &+ 1) {
                    isSettled = false
                    narrow(by: dimension, head, first, second, name)
                } else {
                    head.headers.withBytes(head.headers.fields[first].valueRange) { narrow(by: dimension, $0) }
                }
            case .metadata(let path):
                narrow(by: dimension, path.first.flatMap { metadata.value($0, path.dropFirst()) })
            // Of the connection, and done.
            case .peer: break
            }
        }
        return isSettled
    }

    private func narrowToUnconstrained(_ dimension: AuthorizationIndex.Dimension) {
        dimension.unconstrained.withUnsafeBufferPointer { unconstrained in
            for word in candidates.indices { candidates[word] &= unconstrained[word] }
        }
    }

    private func begin(_ dimension: AuthorizationIndex.Dimension) {
        dimension.unconstrained.withUnsafeBufferPointer { _ = marked.update(fromContentsOf: $0) }
    }

    private func mark(by dimension: AuthorizationIndex.Dimension, _ text: UnsafeRawBufferPointer) {
        dimension.patterns.mark(text, into: marked)
        if dimension.patterns.hasSearches { dimension.patterns.search(text, among: candidates, into: marked) }
    }

    /// False if nothing is left.
    private func keepMarked() -> Bool {
        var rest: UInt64 = 0
        for word in candidates.indices {
            candidates[word] &= marked[word]
            rest |= candidates[word]
        }
        return rest != 0
    }

    /// Of the only value there is.
    private func narrow(by dimension: AuthorizationIndex.Dimension, _ text: UnsafeRawBufferPointer) {
        begin(dimension)
        mark(by: dimension, text)
        guard keepMarked(), let exclusions = dimension.exclusions else { return }
        marked.update(repeating: 0)
        exclusions.mark(text, into: marked)
        if exclusions.hasSearches { exclusions.search(text, among: candidates, into: marked) }
        for word in candidates.indices { candidates[word] &= ~marked[word] }
    }

    /// Of several lines: what each of them leads to is left, and every policy knows best what they mean to it.
    private func narrow(
        by dimension: AuthorizationIndex.Dimension,
        _ head: borrowing RequestHead,
        _ first: Int,
        _ second: Int,
        _ name: HeaderName
    ) {
        begin(dimension)
        head.headers.withBytes(head.headers.fields[first].valueRange) { mark(by: dimension, $0) }
        var next: Int? = second
        while let index = next {
            head.headers.withBytes(head.headers.fields[index].valueRange) { mark(by: dimension, $0) }
            next = head.headers.firstIndex(of: name, from: index &+ 1)
        }
        _ = keepMarked()
    }

    /// Of a text or the texts of a list.
    private func narrow(by dimension: AuthorizationIndex.Dimension, _ value: MetadataValue?) {
        begin(dimension)
        switch value {
        case .text(let text)?: text.withUnsafeBytes { mark(by: dimension, $0) }
        case .list(let elements)?:
            for case .text(let text) in elements { text.withUnsafeBytes { mark(by: dimension, $0) } }
        default: break
        }
        _ = keepMarked()
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
            return connection.holds(condition, doubt)
        }
    }

    private func client(of head: borrowing RequestHead) -> IPAddress {
        if !hasClientAddress {
            clientAddress = client.address(in: head.headers)
            hasClientAddress = true
        }
        return clientAddress ?? connection.facts.remote.address
    }
}
