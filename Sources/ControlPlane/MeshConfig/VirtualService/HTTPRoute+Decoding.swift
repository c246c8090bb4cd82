extension HTTPRoute: FieldDecodable {
    /// Rules of Istio's `validateHTTPRoute`.
    init(fields: FieldReader) {
        self.init()
        source = fields.location
        name = fields.string("name")
        match = fields.messages("match")
        route = fields.messages("route")
        redirect = fields.message("redirect")
        directResponse = fields.message("directResponse")
        delegate = fields.message("delegate")
        rewrite = fields.message("rewrite")
        timeout = fields.duration("timeout", atLeast: .zero)
        retries = fields.message("retries")
        fault = fields.message("fault")
        mirror = fields.message("mirror")
        mirrorPercentage = fields.percent("mirrorPercentage")
        mirrorPercent = fields.wholePercent("mirrorPercent") ?? fields.wholePercent("mirror_percent")
        mirrors = fields.messages("mirrors")
        corsPolicy = fields.message("corsPolicy")
        headers = fields.message("headers")
        if let timeout, timeout > .zero, timeout < .milliseconds(1) {
            fields.error("timeout", "must be 0s (none) or at least 1ms")
        }
        checkAction(fields)
        checkMirrors(fields)
        checkAuthority(fields)
        fields.checkWeights(route.map(\.weight))
    }

    private func checkAction(_ fields: FieldReader) {
        if delegate != nil {
            for other in ["route", "redirect", "directResponse"] where fields.has(other) {
                fields.error(other, "a route that delegates must not have \(other)")
            }
            checkDelegatedMatch(fields)
            return
        }
        fields.exclusive("route", "redirect", "directResponse")
        if redirect != nil {
            fields.require(fault == nil, "fault", "a redirect must not have a fault")
            fields.require(rewrite == nil, "rewrite", "a redirect must not have a rewrite")
        }
        if directResponse != nil {
            fields.require(rewrite == nil, "rewrite", "a direct response must not have a rewrite")
            fields.require(retries == nil, "retries", "a direct response must not have retries")
        }
        fields.require(
            !route.isEmpty || redirect != nil || directResponse != nil,
            "",
            "one of route, redirect, directResponse or delegate is required"
        )
    }

    /// Delegation merges matches, which expressions do not allow (Istio: "does not support regex match").
    private func checkDelegatedMatch(_ fields: FieldReader) {
        for (index, match) in match.enumerated() {
            let all =
                [match.uri, match.scheme, match.method, match.authority] + match.headers.values.map { $0 }
                + match.queryParams.values.map { $0 } + match.withoutHeaders.values.map { $0 }
            let hasExpression = all.contains { if case .regex? = $0 { true } else { false } }
            fields.require(!hasExpression, "match", "match[\(index)]: a route that delegates must not match by regex")
        }
    }

    private func checkMirrors(_ fields: FieldReader) {
        fields.exclusive("mirror", "mirrors")
        for name in ["mirrorPercent", "mirrorPercentage"] where !mirrors.isEmpty && fields.has(name) {
            fields.error(name, "belongs to mirror; each of mirrors has its own percentage")
        }
        if mirrorPercent != nil { fields.warning("mirrorPercent", "is deprecated; use mirrorPercentage.value") }
    }

    /// The authority may be set in one place only.
    private func checkAuthority(_ fields: FieldReader) {
        let request = headers?.request
        let names = (request?.set.keys.map { $0 } ?? []) + (request?.add.keys.map { $0 } ?? [])
        let settings =
            names.filter { ["host", ":authority"].contains($0.lowercased()) }.count
            + (rewrite?.authority.isEmpty ?? true ? 0 : 1)
        fields.require(settings <= 1, "headers", "the authority is set more than once")
    }
}

extension HTTPRouteDestination: FieldDecodable {
    init(fields: FieldReader) {
        self.init(
            destination: fields.requiredMessage("destination") ?? Destination(),
            weight: fields.integer("weight", in: Int32.min...Int32.max) ?? 0
        )
        source = fields.location
        headers = fields.message("headers")
    }
}

extension Delegate: FieldDecodable {
    init(fields: FieldReader) {
        self.init()
        name = fields.requiredString("name")
        namespace = fields.string("namespace")
        if !namespace.isEmpty, let reason = NameSyntax.label(namespace) { fields.error("namespace", reason) }
    }
}

extension Destination: FieldDecodable {
    init(fields: FieldReader) {
        self.init()
        host = fields.string("host")
        subset = fields.string("subset")
        port = fields.message("port")
        if let reason = HostSyntax.destinationHost(host) { fields.error("host", reason) }
        if !subset.isEmpty, let reason = NameSyntax.label(subset) { fields.error("subset", reason) }
    }
}

extension PortSelector: FieldDecodable {
    init(fields: FieldReader) {
        fields.require(fields.has("number"), "number", "is required")
        self.init(number: fields.port("number") ?? 0)
    }
}

extension FieldReader {
    /// A message that must be written.
    func requiredMessage<Message: FieldDecodable>(_ name: String) -> Message? {
        require(has(name), name, "is required")
        return message(name)
    }
}
