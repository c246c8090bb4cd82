internal import RegularExpressions

extension HTTPMatchRequest: FieldDecodable {
    init(fields: FieldReader) {
        self.init()
        source = fields.location
        name = fields.string("name")
        uri = fields.stringMatch("uri")
        scheme = fields.stringMatch("scheme")
        method = fields.stringMatch("method")
        authority = fields.stringMatch("authority")
        headers = fields.headerMatches("headers")
        port = fields.port("port")
        sourceLabels = fields.labels("sourceLabels")
        gateways = fields.strings("gateways") { $0 == "mesh" ? nil : HostSyntax.gatewayName($0) }
        queryParams = fields.stringMatches("queryParams")
        ignoreUriCase = fields.bool("ignoreUriCase") ?? false
        withoutHeaders = fields.headerMatches("withoutHeaders")
        sourceNamespace = fields.string("sourceNamespace")
        statPrefix = fields.string("statPrefix")
        if !sourceNamespace.isEmpty, let reason = NameSyntax.label(sourceNamespace) {
            fields.error("sourceNamespace", reason)
        }
        if ignoreUriCase, case .regex? = uri {
            fields.warning("ignoreUriCase", "has no effect on regex; write (?i) in the expression")
        }
        for ignored in ["uri", "scheme", "method", "authority"] where headers[ignored] != nil {
            fields.warning("headers", "\(ignored) is ignored as a header; match it with the field \(ignored)")
        }
    }
}

extension FieldReader {
    /// A match of a string; nil when absent.
    func stringMatch(_ name: String) -> StringMatch? {
        guard let node = value(name) else { return nil }
        let match = stringMatch(node, path: child(path, name), pattern: child(pattern, name))
        if match == .present { error(name, "one of exact, prefix, regex is required") }
        return match == .present ? nil : match
    }

    /// Matches of strings by free names.
    func stringMatches(_ name: String) -> [String: StringMatch] {
        pairs(name).reduce(into: [:]) { result, pair in
            if pair.node.isNull {
                error(at: pair.node, pair.path, "must not be null; write {} to match any value")
            } else {
                let pattern = "\(child(pattern, name)).*"
                result[pair.key] = stringMatch(pair.node, path: pair.path, pattern: pattern, starIsPresence: true)
            }
        }
    }

    /// Matches of headers by name; names become lower-case, as header names are matched without regard to case. Names of
    /// claims stay as they are.
    func headerMatches(_ name: String) -> [String: StringMatch] {
        stringMatches(name).reduce(into: [:]) { result, entry in
            if RoutingClaim.isMeant(entry.key) {
                require(
                    RoutingClaim(header: entry.key) != nil,
                    name,
                    "\(entry.key.quotedForMessage) names no claim; write @request.auth.claims[NAME]"
                )
                result[entry.key] = entry.value
                return
            }
            let header = entry.key.lowercased()
            if let reason = NameSyntax.headerName(String(header.drop { $0 == ":" })) { error(name, reason) }
            require(result[header] == nil, name, "\(header) stands twice, in upper and lower case")
            result[header] = entry.value
        }
    }

    /// A match of a string at `node`.
    ///
    /// `regex: "*"` is no RE2 expression; in headers and parameters it asks for presence (Istio
    /// `canBeConvertedToPresentMatch`), which `starIsPresence` allows.
    func stringMatch(
        _ node: YAMLNode,
        path: String,
        pattern: String,
        starIsPresence: Bool = false
    ) -> StringMatch {
        if case .string(let text)? = node.scalar {
            error(at: node, path, "must be a mapping; write {exact: \(text.quotedForMessage)}")
            return .present
        }
        let fields = FieldReader(node, path: path, pattern: pattern, session: session)
        defer { fields.finish() }
        let exact = fields.has("exact")
        let prefix = fields.has("prefix")
        let regex = fields.has("regex")
        let exactText = fields.string("exact")
        let prefixText = fields.string("prefix")
        let regexText = fields.string("regex")
        fields.exclusive("exact", "prefix", "regex")
        if exact { return .exact(exactText) }
        if prefix {
            fields.require(!prefixText.isEmpty, "prefix", "must not be empty")
            return .prefix(prefixText)
        }
        guard regex else { return .present }
        if starIsPresence, regexText == "*" { return .present }
        fields.require(!regexText.isEmpty, "regex", "must not be empty")
        fields.checkExpression("regex", regexText)
        return .regex(regexText)
    }
}
