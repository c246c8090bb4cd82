import ProxyFilters
import ProxySnapshot
import RegularExpressions

/// A request in plain values, for the reference evaluator and for heads made of it.
struct PlainRequest {
    var method = "GET"
    var path = "/"
    var authority = "a.example"
    var headers: [(name: String, value: [UInt8])] = []
    var client: IPAddress?
    var claims: MetadataValue?
    var facts: DownstreamFacts

    func values(_ name: String) -> [[UInt8]] {
        switch name {
        case ":method": [Array(method.utf8)]
        case ":authority", "host": [Array(authority.utf8)]
        default: headers.filter { $0.name == name }.map(\.value)
        }
    }
}

/// What rules mean, said as plainly as it can be: every policy is asked in full, in order of its name. It shares no code
/// with the engine but the types.
struct ReferenceAuthorization {
    /// Three answers: whether it holds cannot always be told.
    enum Answer {
        case no
        case doubtful
        case yes

        static prefix func ! (answer: Answer) -> Answer {
            switch answer {
            case .no: .yes
            case .yes: .no
            case .doubtful: .doubtful
            }
        }
    }

    var policies: [(name: String, permissions: [AuthorizationCondition], principals: [AuthorizationCondition])]
    var action: AuthorizationRules.Action

    /// The name of the policy that counts.
    func match(_ request: PlainRequest) -> String? {
        for policy in policies.sorted(by: { Array($0.name.utf8).lexicographicallyPrecedes(Array($1.name.utf8)) }) {
            let answer = Self.all([
                Self.one(policy.permissions.map { ask($0, request) }),
                Self.one(policy.principals.map { ask($0, request) }),
            ])
            if answer == .yes || (answer == .doubtful && action == .deny) { return policy.name }
        }
        return nil
    }

    private static func all(_ answers: [Answer]) -> Answer {
        answers.contains(.no) ? .no : answers.contains(.doubtful) ? .doubtful : .yes
    }

    private static func one(_ answers: [Answer]) -> Answer {
        answers.contains(.yes) ? .yes : answers.contains(.doubtful) ? .doubtful : .no
    }

    private func ask(_ condition: AuthorizationCondition, _ request: PlainRequest) -> Answer {
        let facts = request.facts
        switch condition {
        case .any: return .yes
        case .all(let parts): return Self.all(parts.map { ask($0, request) })
        case .either(let parts): return Self.one(parts.map { ask($0, request) })
        case .not(let part): return !ask(part, request)
        case .header(let matcher): return header(matcher, request)
        case .path(let matcher):
            return compare(matcher, Array(request.path.utf8.prefix { $0 != 0x3F }))
        case .destinationAddress(let range): return range.contains(facts.local.address) ? .yes : .no
        case .destinationPorts(let ports): return ports.contains(Int(facts.local.port)) ? .yes : .no
        case .serverName(let matcher): return compare(matcher, Array(facts.serverName))
        case .metadata(let matcher): return claim(matcher, request)
        case .authenticated(let matcher):
            guard let peer = facts.peer else { return .no }
            guard let matcher else { return .yes }
            return Self.one((peer.uriSANs + peer.dnsSANs + [peer.subject]).map { compare(matcher, Array($0)) })
        case .peerPrincipal(let matcher):
            return facts.peer?.uriSANs.first.map { compare(matcher, Array($0)) } ?? .no
        case .peerAddress(let range): return range.contains(facts.remote.address) ? .yes : .no
        case .clientAddress(let range):
            return range.contains(request.client ?? facts.remote.address) ? .yes : .no
        }
    }

    private func header(_ matcher: HeaderMatcher, _ request: PlainRequest) -> Answer {
        let values = request.values("\(matcher.name)")
        guard case .string(let string) = matcher.value else {
            let isThere = !values.isEmpty || matcher.treatsMissingAsEmpty
            return isThere != matcher.inverts ? .yes : .no
        }
        guard !values.isEmpty else {
            guard matcher.treatsMissingAsEmpty else { return .no }
            return (compare(string, []) == .yes) != matcher.inverts ? .yes : .no
        }
        let answers = values.map { compare(string, $0) }
        // Lines that disagree leave it open which one the workload takes.
        let answer: Answer =
            answers.allSatisfy { $0 == .yes } ? .yes : answers.allSatisfy { $0 == .no } ? .no : .doubtful
        return matcher.inverts ? !answer : answer
    }

    private func claim(_ matcher: MetadataMatcher, _ request: PlainRequest) -> Answer {
        var value = request.claims
        for key in matcher.path.dropFirst() {
            guard case .object(let members)? = value else {
                value = nil
                break
            }
            value = members.first { $0.name == key }?.value
        }
        guard let value else { return matcher.inverts ? .yes : .no }
        let answer = self.value(matcher.value, value)
        return matcher.inverts ? !answer : answer
    }

    private func value(_ matcher: ValueMatcher, _ value: MetadataValue) -> Answer {
        switch (matcher, value) {
        case (.text(let string), .text(let text)): compare(string, Array(text))
        case (.element(let inner), .list(let elements)): Self.one(elements.map { self.value(inner, $0) })
        case (.either(let matchers), _): Self.one(matchers.map { self.value($0, value) })
        case (.present(let wanted), _): wanted ? .yes : .no
        case (.boolean(let wanted), .boolean(let flag)): wanted == flag ? .yes : .no
        default: .no
        }
    }

    private func compare(_ matcher: StringMatcher, _ text: [UInt8]) -> Answer {
        func folded(_ bytes: [UInt8]) -> [UInt8] {
            matcher.ignoresCase ? bytes.map { (0x41...0x5A).contains($0) ? $0 + 32 : $0 } : bytes
        }
        let text = folded(text)
        let holds: Bool
        switch matcher.pattern {
        case .exact(let bytes): holds = text == folded(bytes)
        case .prefix(let bytes): holds = text.starts(with: folded(bytes))
        case .suffix(let bytes): holds = text.reversed().starts(with: folded(bytes).reversed())
        case .contains(let bytes):
            holds = text.indices.contains { text[$0...].starts(with: folded(bytes)) }
        case .regex(let expression):
            guard let valid = String(validating: text, as: UTF8.self) else { return .doubtful }
            holds = expression.matchesAll(of: valid)
        }
        return holds ? .yes : .no
    }
}
