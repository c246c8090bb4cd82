extension HTTPRetry: FieldDecodable {
    init(fields: FieldReader) {
        self.init()
        attempts = fields.integer("attempts", in: 0...Int32.max) ?? 0
        perTryTimeout = fields.duration("perTryTimeout")
        retryOn = fields.string("retryOn")
        retryRemoteLocalities = fields.bool("retryRemoteLocalities")
        retryIgnorePreviousHosts = fields.bool("retryIgnorePreviousHosts")
        backoff = fields.duration("backoff")
        if let reason = RetryConditions.reason(against: retryOn) { fields.error("retryOn", reason) }
        if attempts == 0 {
            for name in ["perTryTimeout", "retryOn", "backoff"] where fields.has(name) {
                fields.error(name, "attempts is 0, which disables retries; set attempts or remove \(name)")
            }
        }
    }
}

extension HTTPFaultInjection: FieldDecodable {
    init(fields: FieldReader) {
        self.init()
        delay = fields.message("delay")
        abort = fields.message("abort")
        fields.require(delay != nil || abort != nil, "", "a fault must have a delay or an abort")
    }
}

extension HTTPFaultInjection.Delay: FieldDecodable {
    init(fields: FieldReader) {
        self.init()
        fixedDelay = fields.duration("fixedDelay")
        exponentialDelay = fields.duration("exponentialDelay")
        percentage = fields.percent("percentage")
        percent = fields.integer("percent", in: 0...100)
        fields.exclusive("fixedDelay", "exponentialDelay")
        fields.require(
            fields.has("fixedDelay") || fields.has("exponentialDelay"),
            "fixedDelay",
            "is required, at least 1ms"
        )
        if percent != nil { fields.warning("percent", "is deprecated; use percentage.value") }
        fields.warnWhenNever(percentage: percentage, deprecated: percent)
    }
}

extension HTTPFaultInjection.Abort: FieldDecodable {
    /// Names of gRPC's status codes.
    private static let statusNames = [
        "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS",
        "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED",
        "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
    ]

    init(fields: FieldReader) {
        self.init()
        httpStatus = fields.integer("httpStatus", in: 200...599)
        let status = fields.string("grpcStatus")
        grpcStatus = status.isEmpty ? nil : status
        let error = fields.string("http2Error")
        http2Error = error.isEmpty ? nil : error
        percentage = fields.percent("percentage")
        fields.exclusive("httpStatus", "grpcStatus", "http2Error")
        fields.require(
            fields.has("httpStatus") || fields.has("grpcStatus") || fields.has("http2Error"),
            "",
            "an abort must set httpStatus or grpcStatus"
        )
        if !status.isEmpty, !Self.statusNames.contains(status), !(0...16).contains(Int(status) ?? -1) {
            let hint = Suggestion.text(for: status, among: Self.statusNames)
            fields.error("grpcStatus", "\(status.quotedForMessage) is not a gRPC status\(hint)")
        }
        fields.require(http2Error == nil, "http2Error", "aborts by HTTP/2 error are not supported; use httpStatus")
        fields.warnWhenNever(percentage: percentage, deprecated: nil)
    }
}

extension FieldReader {
    /// Istio takes an absent percentage of a fault as 0, which surprises.
    fileprivate func warnWhenNever(percentage: Percent?, deprecated: Int32?) {
        guard percentage == nil, deprecated == nil else { return }
        warning("", "no percentage: it applies to 0 % of the requests; write percentage: {value: 100}")
    }
}

extension HTTPMirrorPolicy: FieldDecodable {
    init(fields: FieldReader) {
        self.init()
        source = fields.location
        destination = fields.requiredMessage("destination") ?? Destination()
        percentage = fields.percent("percentage")
    }
}

extension CorsPolicy: FieldDecodable {
    private static let methods = [
        "*", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "CONNECT", "OPTIONS", "TRACE",
    ]

    init(fields: FieldReader) {
        self.init()
        allowOrigin = fields.strings("allowOrigin")
        allowOrigins = fields.elements("allowOrigins").map { node, path in
            let match = fields.stringMatch(node, path: path, pattern: "\(fields.pattern).allowOrigins[]")
            if match == .present { fields.error(at: node, path, "one of exact, prefix, regex is required") }
            return match
        }
        allowMethods = fields.strings("allowMethods") { method in
            guard !Self.methods.contains(method) else { return nil }
            let hint = Suggestion.text(for: method, among: Self.methods)
            return "\(method.quotedForMessage) is not one of \(Self.methods.joined(separator: ", "))\(hint)"
        }
        allowHeaders = fields.strings("allowHeaders", checkedBy: NameSyntax.headerName)
        exposeHeaders = fields.strings("exposeHeaders", checkedBy: NameSyntax.headerName)
        maxAge = fields.duration("maxAge")
        allowCredentials = fields.bool("allowCredentials")
        unmatchedPreflights = fields.enumeration("unmatchedPreflights") ?? .unspecified
        if let maxAge {
            fields.require(maxAge.components.attoseconds == 0, "maxAge", "must be whole seconds")
        }
        if !allowOrigin.isEmpty { fields.warning("allowOrigin", "is deprecated; use allowOrigins") }
    }
}

extension Headers: FieldDecodable {
    init(fields: FieldReader) {
        self.init()
        request = fields.message("request")
        response = fields.message("response")
        let request = request
        let response = response
        let changed = (request?.set.keys.map { $0 } ?? []) + (request?.add.keys.map { $0 } ?? [])
        for name in changed where isInternal(name) && !isAuthority(name) {
            fields.error("request", "\(name) is not a header that can be set or added")
        }
        for name in request?.remove ?? [] where isInternal(name) || isAuthority(name) {
            fields.error("request", "\(name) cannot be removed")
        }
        let answered =
            (response?.set.keys.map { $0 } ?? []) + (response?.add.keys.map { $0 } ?? [])
            + (response?.remove ?? [])
        for name in answered where isInternal(name) || isAuthority(name) {
            fields.error("response", "\(name) is not a header that can be changed")
        }
    }

    private func isInternal(_ name: String) -> Bool { name.hasPrefix(":") }
    private func isAuthority(_ name: String) -> Bool { ["host", ":authority"].contains(name.lowercased()) }
}

extension HeaderOperations: FieldDecodable {
    init(fields: FieldReader) {
        self.init()
        set = fields.stringMap("set")
        add = fields.stringMap("add")
        remove = fields.strings("remove") { NameSyntax.headerName(String($0.drop { $0 == ":" })) }
        for (field, headers) in [("set", set), ("add", add)] {
            for (name, value) in headers.sorted(by: { $0.key < $1.key }) {
                if let reason = NameSyntax.headerName(String(name.drop { $0 == ":" }))
                    ?? HeaderValueSyntax.reason(against: value)
                {
                    fields.error(field, "\(name): \(reason)")
                }
            }
        }
    }
}
