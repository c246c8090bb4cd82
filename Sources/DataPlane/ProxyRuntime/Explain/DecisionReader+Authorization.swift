internal import ProxyFilters

extension DecisionReader {
    /// What a set of authorization rules said, in words; nil if there is nothing to tell.
    static func words(_ authorization: DecisionRecord.Authorization) -> String? {
        let policy = authorization.policy.isEmpty ? nil : policyWords(authorization.policy)
        switch (authorization.result, policy) {
        case (.allowed, let policy?): return "authorization: allowed by \(policy)"
        case (.allowed, nil): return nil
        case (.denied, let policy?): return "authorization: denied by \(policy)"
        case (.denied, nil): return "authorization: denied, as no ALLOW policy matches"
        case (.shadowAllowed, let policy?): return "authorization, dry run: would be allowed by \(policy)"
        case (.shadowAllowed, nil): return nil
        case (.shadowDenied, let policy?): return "authorization, dry run or CUSTOM: matched by \(policy)"
        case (.shadowDenied, nil): return "authorization, dry run: would be denied, as no ALLOW policy matches"
        }
    }

    /// `ns[NS]-policy[NAME]-rule[I]`, as control planes name policies, in the words of the user's object.
    static func policyWords(_ name: String) -> String {
        guard let start = name.range(of: "ns["), let policy = name.range(of: "]-policy["),
            let rule = name.range(of: "]-rule["), name.hasSuffix("]"), start.upperBound <= policy.lowerBound,
            policy.upperBound <= rule.lowerBound
        else { return "policy \(name)" }
        let namespace = name[start.upperBound..<policy.lowerBound]
        let object = name[policy.upperBound..<rule.lowerBound]
        let index = name[rule.upperBound...].dropLast()
        return "AuthorizationPolicy \(namespace)/\(object) spec.rules[\(index)]"
    }
}

extension String {
    /// Where `text` stands first.
    fileprivate func range(of text: String) -> Range<Index>? { ranges(of: text).first }
}
