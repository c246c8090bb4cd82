extension AuthorizationPolicy: FieldDecodable {
    /// Rules of Istio's `ValidateAuthorizationPolicy`.
    init(fields: FieldReader) {
        self.init()
        attachment = fields.policyAttachment()
        action = fields.enumeration("action") ?? .allow
        rules = fields.messages("rules")
        if let reader = fields.reader("provider") {
            provider = reader.requiredString("name")
            reader.finish()
            fields.require(action == .custom, "provider", "needs action CUSTOM, not \(action.rawValue)")
        }
        fields.require(rules.count <= 512, "rules", "at most 512")
        switch action {
        case .allow, .audit: break
        case .deny: requireRules(fields)
        case .custom:
            requireRules(fields)
            if !fields.has("provider") { fields.error("provider", "is required with action CUSTOM") }
            for (index, rule) in rules.enumerated() {
                for name in rule.fieldsUnknownToProviders {
                    fields.error("rules", "rules[\(index)]: \(name) is not supported with action CUSTOM")
                }
            }
        }
        warnOfConnections(fields)
    }

    private func requireRules(_ fields: FieldReader) {
        fields.require(
            !rules.isEmpty,
            "rules",
            "is required with action \(action.rawValue), or the policy never matches; write `rules: [{}]` to match every "
                + "request"
        )
    }

    /// Fields of HTTP are left out on TCP ports, where such a rule would refuse everything.
    private func warnOfConnections(_ fields: FieldReader) {
        guard action == .deny else { return }
        for (index, rule) in rules.enumerated() where rule.matchesEveryConnection {
            let names = rule.httpFields
            guard !names.isEmpty else { continue }
            fields.warning(
                "rules",
                "rules[\(index)] refuses every connection to TCP ports of its workloads: \(names.joined(separator: ", ")) "
                    + "are known of HTTP requests only; name the HTTP ports in to.operation.ports"
            )
        }
    }
}

extension AuthorizationPolicy.Rule: FieldDecodable {
    init(fields: FieldReader) {
        self.init()
        source = fields.location
        from = fields.elementsOf("from", "source")
        to = fields.elementsOf("to", "operation")
        when = fields.elements("when").compactMap { node, path in
            let pattern = "\(fields.child(fields.pattern, "when"))[]"
            let reader = FieldReader(node, path: path, pattern: pattern, session: fields.session)
            let condition = AuthorizationPolicy.Condition(reader)
            reader.finish()
            return condition
        }
        fields.require(from.count <= 512, "from", "at most 512")
        for name in ["from", "to"] where fields.has(name) {
            fields.require(!fields.elements(name).isEmpty, name, "must not be empty; leave it out to match all")
        }
    }

    /// What is known only after the providers of CUSTOM policies were asked.
    fileprivate var fieldsUnknownToProviders: [String] {
        let sources = from.flatMap { source in
            [
                ("namespaces", source.namespaces), ("serviceAccounts", source.serviceAccounts),
                ("trustDomains", source.trustDomains), ("principals", source.principals),
                ("requestPrincipals", source.requestPrincipals),
            ].filter { !$0.1.isEmpty }.map(\.0)
        }
        return sources + when.map(\.key).filter(\.isUnknownToProviders).map(\.text)
    }
}

extension ConditionKey {
    fileprivate var isUnknownToProviders: Bool {
        switch self {
        case .sourceNamespace, .sourceServiceAccount, .sourcePrincipal, .sourceTrustDomain, .requestPrincipal,
            .requestAudiences, .requestPresenter, .requestClaim:
            true
        case .requestHeader, .sourceIP, .remoteIP, .destinationIP, .destinationPort, .serverName, .filterMetadata: false
        }
    }
}

extension FieldReader {
    /// A list whose elements hold one message each, as `from: [{source: {...}}]`.
    fileprivate func elementsOf<Message: FieldDecodable>(_ name: String, _ field: String) -> [Message] {
        elements(name).compactMap { node, path in
            let reader = FieldReader(node, path: path, pattern: "\(child(pattern, name))[]", session: session)
            if !reader.has(field) { reader.error(field, "is required") }
            let message: Message? = reader.message(field)
            reader.finish()
            return message
        }
    }
}

extension AuthorizationPolicy.Source: FieldDecodable {
    init(fields: FieldReader) {
        self.init()
        principals = fields.policyValues("principals", checkedBy: PolicySyntax.principal)
        requestPrincipals = fields.policyValues("requestPrincipals")
        namespaces = fields.policyValues("namespaces")
        serviceAccounts = fields.policyValues("serviceAccounts", checkedBy: PolicySyntax.serviceAccount)
        trustDomains = fields.policyValues("trustDomains", checkedBy: PolicySyntax.trustDomain)
        ipBlocks = fields.policyValues("ipBlocks", checkedBy: AddressSyntax.subnet)
        remoteIpBlocks = fields.policyValues("remoteIpBlocks", checkedBy: AddressSyntax.subnet)
        fields.require(!isEmpty, "", "must say something of the caller")
        fields.require(
            serviceAccounts.isEmpty || (principals.isEmpty && namespaces.isEmpty),
            "serviceAccounts",
            "must not stand beside principals or namespaces, which it implies"
        )
        for name in ["serviceAccounts", "notServiceAccounts"] where fields.elements(name).count > 16 {
            fields.error(name, "at most 16")
        }
        for name in ["principals", "notPrincipals", "requestPrincipals", "notRequestPrincipals"] {
            fields.warnOfInnerWildcards(name)
        }
    }
}

extension AuthorizationPolicy.Operation: FieldDecodable {
    init(fields: FieldReader) {
        self.init()
        hosts = fields.policyValues("hosts")
        ports = fields.policyValues("ports", checkedBy: PolicySyntax.port)
        methods = fields.policyValues("methods")
        paths = fields.policyValues("paths", checkedBy: PolicySyntax.path)
        fields.require(!isEmpty, "", "must say something of the operation")
        for name in ["hosts", "notHosts", "methods", "notMethods", "paths", "notPaths"] {
            fields.warnOfInnerWildcards(name)
        }
    }
}

extension AuthorizationPolicy.Condition {
    /// Reads a condition; nil when its attribute is none, which is reported.
    fileprivate init?(_ fields: FieldReader) {
        let text = fields.requiredString("key")
        let key: ConditionKey?
        do throws(ConditionKey.Failure) {
            key = text.isEmpty ? nil : try ConditionKey(text)
        } catch {
            fields.error("key", error.reason)
            key = nil
        }
        let values = fields.policyValues("values") { value in key.flatMap { PolicySyntax.reason(against: value, of: $0) } }
        fields.require(!values.isEmpty, "", "needs values or notValues")
        guard let key else { return nil }
        self.init(key, values)
    }
}

extension FieldReader {
    /// A `*` stands for other text at the ends only; elsewhere it is a star, which is seldom meant.
    fileprivate func warnOfInnerWildcards(_ name: String) {
        for text in elements(name).compactMap({ string($0.node, $0.path) }) {
            let inner = text.hasPrefix("*") ? text.dropFirst() : text.hasSuffix("*") ? text.dropLast() : text[...]
            guard inner.contains("*"), !inner.contains("{*"), !inner.contains("*}") else { continue }
            warning(
                name,
                "\(text.quotedForMessage): a `*` stands for other text only at the beginning or at the end; elsewhere it is "
                    + "a star"
            )
        }
    }
}
