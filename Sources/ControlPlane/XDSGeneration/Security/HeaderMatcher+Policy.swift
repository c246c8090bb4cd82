import EnvoyAPI

extension XDS.HeaderMatcher {
    init(_ name: String, _ matcher: XDS.StringMatcher) {
        self.init()
        self.name = name
        stringMatch = matcher
    }

    /// The header is there.
    static func present(_ name: String) -> XDS.HeaderMatcher {
        var matcher = XDS.HeaderMatcher()
        matcher.name = name
        matcher.presentMatch = true
        return matcher
    }

    /// The whole of a header's values, joined by commas, is a policy's value (Istio `HeaderMatcher`).
    static func policy(_ name: String, _ value: String) -> XDS.HeaderMatcher {
        if case .any = PolicyPattern(value) { return .present(name) }
        return XDS.HeaderMatcher(name, XDS.StringMatcher(policy: value))
    }
}

extension XDS.Principal {
    /// `request.headers[NAME]`.
    ///
    /// Several headers of one name are one list to HTTP (RFC 9110, section 5.3), and proxies join them by commas before
    /// they are matched. To be let in, the whole must match, as in Istio. To be refused it is enough that an element does:
    /// a caller that adds `, other` gains nothing, which it does in Istio (CVE-2020-25017 and its like).
    static func header(_ name: String, _ value: String, _ effect: MatchEffect) -> XDS.Principal {
        let whole = XDS.Principal.header(.policy(name, value))
        guard effect == .refuses else { return whole }
        let begins: (String) -> XDS.Principal = { text in
            .one(of: [.header(.init(name, .prefix(text)))] + [",", " ", "\t"].map { .header(.init(name, .contains($0 + text))) })
        }
        let ends: (String) -> XDS.Principal = { text in
            .one(of: [.header(.init(name, .suffix(text)))] + [",", " ", "\t"].map { .header(.init(name, .contains(text + $0))) })
        }
        let isList = XDS.Principal.header(.init(name, .contains(",")))
        switch PolicyPattern(value) {
        case .any: return whole
        case .prefix(let text): return .one(of: [whole, .all([isList, begins(text)])])
        case .suffix(let text): return .one(of: [whole, .all([isList, ends(text)])])
        case .exact(let text) where text.isEmpty: return whole
        // Asked apart, the two ends may be of different elements: that one refuses needlessly is rare and safe.
        case .exact(let text): return .one(of: [whole, .all([isList, begins(text), ends(text)])])
        }
    }
}

extension XDS.Permission {
    /// `hosts`, without regard to case; a value without port holds for every port (CVE-2021-39155).
    ///
    /// A trailing dot means the same host to DNS and to many servers: to be refused it makes no difference.
    static func host(_ value: String, _ effect: MatchEffect) -> XDS.Permission {
        let authority = ":authority"
        var matchers: [XDS.StringMatcher]
        switch PolicyPattern(value) {
        case .any: return .header(.present(authority))
        case .prefix(let text): matchers = [.prefix(text, ignoringCase: true)]
        case .suffix(let text):
            matchers = [.suffix(text, ignoringCase: true)]
            if !hasPort(text) {
                matchers.append(.contains(text + ":", ignoringCase: true))
                if effect == .refuses {
                    matchers += [.suffix(text + ".", ignoringCase: true), .contains(text + ".:", ignoringCase: true)]
                }
            }
        case .exact(let text):
            matchers = [.exact(text, ignoringCase: true)]
            if !hasPort(text) {
                matchers.append(.prefix(text + ":", ignoringCase: true))
                if effect == .refuses {
                    matchers += [.exact(text + ".", ignoringCase: true), .prefix(text + ".:", ignoringCase: true)]
                }
            }
        }
        let permissions = matchers.map { XDS.Permission.header(.init(authority, $0)) }
        return permissions.count == 1 ? permissions[0] : .one(of: permissions)
    }

    /// Whether a host is written with a port; an IPv6 address is in brackets.
    private static func hasPort(_ host: String) -> Bool {
        host[(host.lastIndex(of: "]") ?? host.startIndex)...].contains(":")
    }

    /// `paths`, after normalization and without the query.
    ///
    /// `*` asks whether there is a path, which no byte in it can hide.
    static func path(policy value: String) -> XDS.Permission {
        if value.contains("{*}") || value.contains("{**}") {
            return .path(.expression(Expression.path(template: value)))
        }
        if case .any = PolicyPattern(value) { return .header(.present(":path")) }
        return .path(XDS.StringMatcher(policy: value))
    }

    /// `ports` and `destination.port`; a port that is none is never arrived at.
    static func destinationPort(_ value: String) -> XDS.Permission {
        guard let port = UInt16(value) else { return .not(.everything) }
        var permission = XDS.Permission()
        permission.destinationPort = UInt32(port)
        return permission
    }

    /// `destination.ip`.
    static func destination(_ value: String) -> XDS.Permission {
        guard let range = IPAddress.range(value) else { return .not(.everything) }
        var permission = XDS.Permission()
        permission.destinationIp = range
        return permission
    }

    /// `connection.sni`; `*` asks whether there is one.
    static func serverName(_ value: String) -> XDS.Permission {
        var permission = XDS.Permission()
        if case .any = PolicyPattern(value) {
            permission.requestedServerName = .exact("")
            return .not(permission)
        }
        permission.requestedServerName = XDS.StringMatcher(policy: value)
        return permission
    }
}
