/// Syntax of values in authorization policies; every function says what is wrong with one, or nil.
enum PolicySyntax {
    /// `TRUST-DOMAIN/ns/NAMESPACE/sa/ACCOUNT`, or a part of it with a wildcard.
    static func principal(_ text: String) -> String? {
        text.hasPrefix("spiffe://")
            ? "\(text.quotedForMessage) would never match: principals are written without spiffe://" : nil
    }

    /// `ACCOUNT` or `NAMESPACE/ACCOUNT` (Istio `CheckServiceAccount`).
    static func serviceAccount(_ text: String) -> String? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, parts.allSatisfy({ !$0.isEmpty }), text.utf8.count <= 320 else {
            return "\(text.quotedForMessage) is not of the form ACCOUNT or NAMESPACE/ACCOUNT"
        }
        return text.contains("*") ? "\(text.quotedForMessage): wildcards are not allowed" : nil
    }

    /// A trust domain with at most one wildcard at an end (Istio `CheckTrustDomainValues`).
    static func trustDomain(_ text: String) -> String? {
        let inner = text.hasPrefix("*") ? text.dropFirst() : text.hasSuffix("*") ? text.dropLast() : text[...]
        if inner.contains("*") { return "\(text.quotedForMessage): one `*` may stand, at the beginning or at the end" }
        return inner.contains("/") ? "\(text.quotedForMessage) is not a trust domain" : nil
    }

    /// A port, 0...65535, in decimal.
    static func port(_ text: String) -> String? {
        UInt16(text) != nil && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
            ? nil : "\(text.quotedForMessage) is not a port within 0...65535"
    }

    /// A path, a wildcard or a template (Istio `CheckValidPathTemplate`).
    static func path(_ text: String) -> String? {
        guard text.contains("{") || text.contains("}") else { return nil }
        let isTemplate = text.contains("{*}") || text.contains("{**}")
        if isTemplate, !text.hasPrefix("/") { return "\(text.quotedForMessage): a template begins with `/`" }
        var rest = Substring(text)
        if rest.hasPrefix("/") { rest = rest.dropFirst() }
        if rest.hasSuffix("/") { rest = rest.dropLast() }
        var isOver = false
        for segment in rest.split(separator: "/", omittingEmptySubsequences: false) {
            let isOperator = segment == "{*}" || segment == "{**}"
            if isOperator, isOver { return "\(text.quotedForMessage): {**} must be the last operator" }
            if segment == "{**}" { isOver = true }
            if isOperator { continue }
            guard !segment.contains("{"), !segment.contains("}") else {
                return "\(text.quotedForMessage): only {*} and {**} may stand in braces, each as a whole segment"
            }
            guard !isTemplate || isLiteral(segment) else {
                return "\(text.quotedForMessage): segment \(String(segment).quotedForMessage) of a template must be of "
                    + "letters, digits and -._~%!$&'()+,;:@="
            }
        }
        return nil
    }

    private static func isLiteral(_ segment: Substring) -> Bool {
        let others = Array("-._~%!$&'()+,;:@=".utf8)
        return !segment.isEmpty
            && segment.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                    || others.contains(byte)
            }
    }

    /// A value of an attribute (Istio `ValidateAttribute`).
    static func reason(against text: String, of key: ConditionKey) -> String? {
        switch key {
        case .sourceIP, .remoteIP, .destinationIP: AddressSyntax.subnet(text)
        case .destinationPort: port(text)
        case .sourceServiceAccount: serviceAccount(text)
        case .sourceTrustDomain: trustDomain(text)
        case .sourcePrincipal: principal(text)
        case .requestHeader, .sourceNamespace, .requestPrincipal, .requestAudiences, .requestPresenter, .requestClaim,
            .serverName, .filterMetadata:
            nil
        }
    }
}
