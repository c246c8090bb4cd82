import EnvoyAPI

/// Callers by the identity in their certificate, `spiffe://TRUST-DOMAIN/ns/NAMESPACE/sa/ACCOUNT`.
///
/// None of the parts has a slash, so that most questions are answered by the text around a part, byte for byte. An
/// expression is written only where a wildcard stands for a part, with the rest of it quoted: an expression does not match
/// at all on bytes that are no UTF-8, which must not help anybody.
extension XDS.Principal {
    private static let scheme = "spiffe://"

    static func authenticated(_ name: XDS.StringMatcher) -> XDS.Principal {
        var principal = XDS.Principal()
        principal.authenticated.principalName = name
        return principal
    }

    /// `source.principals`; `*` is anybody with a certificate.
    ///
    /// Envoy takes a certificate without a name to ask for as matched, even when the caller showed none.
    static func identity(_ value: String) -> XDS.Principal {
        switch PolicyPattern(value) {
        case .any: authenticated(.present)
        case .suffix(let text): .all([authenticated(.prefix(scheme)), authenticated(.suffix(text))])
        case .prefix(let text): authenticated(.prefix(scheme + text))
        case .exact(let text): authenticated(.exact(scheme + text))
        }
    }

    /// `source.namespaces`; a `*` anywhere stands for text within the name.
    static func namespace(_ value: String) -> XDS.Principal {
        value.contains("*")
            ? authenticated(.expression("\(scheme)[^/]+/ns/\(Expression.segment(value))/sa/[^/]+"))
            : .all([authenticated(.prefix(scheme)), authenticated(.contains("/ns/\(value)/sa/"))])
    }

    /// `source.serviceAccounts`: `ACCOUNT` of the policy's own namespace, or `NAMESPACE/ACCOUNT`.
    static func serviceAccount(_ value: String, policyNamespace: String) -> XDS.Principal {
        let parts = value.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let namespace = parts.count == 2 ? String(parts[0]) : policyNamespace
        let account = parts.last.map(String.init) ?? value
        return .all([authenticated(.prefix(scheme)), authenticated(.suffix("/ns/\(namespace)/sa/\(account)"))])
    }

    /// `source.trustDomains`.
    static func trustDomain(_ value: String) -> XDS.Principal {
        switch PolicyPattern(value) {
        case .any: authenticated(.prefix(scheme))
        case .prefix(let text): authenticated(.prefix(scheme + text))
        case .exact(let text): authenticated(.prefix("\(scheme)\(text)/"))
        case .suffix: authenticated(.expression("\(scheme)\(Expression.segment(value))/ns/[^/]+/sa/[^/]+"))
        }
    }

    /// `ipBlocks`: the peer of the connection, or who a PROXY protocol says it is for.
    static func connection(from value: String) -> XDS.Principal {
        guard let range = IPAddress.range(value) else { return .not(.anybody) }
        var principal = XDS.Principal()
        principal.directRemoteIp = range
        return principal
    }

    /// `remoteIpBlocks`: the original caller.
    static func caller(at value: String) -> XDS.Principal {
        guard let range = IPAddress.range(value) else { return .not(.anybody) }
        var principal = XDS.Principal()
        principal.remoteIp = range
        return principal
    }
}
