extension ExtensionProvider: FieldDecodable {
    /// Names of the fields of other providers, of which nothing acts on any yet.
    static let otherKinds = [
        "zipkin", "lightstep", "datadog", "stackdriver", "opencensus", "skywalking", "opentelemetry", "prometheus",
        "envoyFileAccessLog", "envoyHttpAls", "envoyTcpAls", "envoyOtelAls", "sds",
    ]

    /// Rules of Istio's `validateExtensionProvider` and `validateProviderName`.
    init(fields: FieldReader) {
        self.init(name: fields.requiredString("name"), kind: .other(""))
        let http: ExternalAuthorizationHTTP? = fields.message("envoyExtAuthzHttp")
        let grpc: ExternalAuthorizationGRPC? = fields.message("envoyExtAuthzGrpc")
        var written = ["envoyExtAuthzHttp", "envoyExtAuthzGrpc"].filter(fields.has)
        for other in Self.otherKinds where fields.value(other) != nil || fields.has(other) {
            written.append(other)
            kind = .other(other)
        }
        if let http { kind = .authorizationHTTP(http) }
        if let grpc { kind = .authorizationGRPC(grpc) }
        if written.isEmpty { fields.error("", "must say what the provider is, as envoyExtAuthzGrpc") }
        if written.count > 1, let last = written.last {
            fields.error(last, "only one of \(written.joined(separator: ", ")) may be set")
        }
        if authorization != nil, !name.isEmpty, let reason = NameSyntax.label(name) { fields.error("name", reason) }
    }
}

extension ExternalAuthorization {
    fileprivate init(_ fields: FieldReader) {
        self.init()
        service = fields.requiredString("service")
        if !service.isEmpty, let reason = Self.reason(againstService: service) { fields.error("service", reason) }
        if !fields.has("port") { fields.error("port", "is required") }
        port = fields.port("port") ?? 0
        timeout = fields.duration("timeout") ?? timeout
        failOpen = fields.bool("failOpen") ?? false
        clearRouteCache = fields.bool("clearRouteCache") ?? false
        includeRequestBodyInCheck = fields.message("includeRequestBodyInCheck")
        let status = fields.string("statusOnError")
        guard !status.isEmpty else { return }
        if let code = UInt32(status), Self.statuses.contains(code) {
            statusOnError = code
        } else {
            fields.error("statusOnError", "\(status.quotedForMessage) is not a status code that Envoy knows, as \"403\"")
        }
    }

    /// Members of `envoy.type.v3.StatusCode`.
    private static let statuses: Set<UInt32> = [
        100, 200, 201, 202, 203, 204, 205, 206, 207, 208, 226, 300, 301, 302, 303, 304, 305, 307, 308, 400, 401, 402, 403,
        404, 405, 406, 407, 408, 409, 410, 411, 412, 413, 414, 415, 416, 417, 421, 422, 423, 424, 426, 428, 429, 431, 500,
        501, 502, 503, 504, 505, 506, 507, 508, 510, 511,
    ]

    private static func reason(againstService text: String) -> String? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard let host = parts.last, parts.count <= 2, HostSyntax.domain(host) == nil || AddressSyntax.isAddress(host),
            parts.count == 1 || NameSyntax.label(parts[0]) == nil
        else { return "\(text.quotedForMessage) is not of the form HOST or NAMESPACE/HOST" }
        return nil
    }
}

extension ExternalAuthorization.RequestBody: FieldDecodable {
    init(fields: FieldReader) {
        self.init()
        maxRequestBytes = fields.uint32("maxRequestBytes") ?? 0
        allowPartialMessage = fields.bool("allowPartialMessage") ?? false
        packAsBytes = fields.bool("packAsBytes") ?? false
        fields.require(maxRequestBytes > 0, "maxRequestBytes", "must be at least 1")
    }
}

extension ExternalAuthorizationHTTP: FieldDecodable {
    init(fields: FieldReader) {
        self.init()
        base = ExternalAuthorization(fields)
        pathPrefix = fields.string("pathPrefix")
        if !pathPrefix.isEmpty, !pathPrefix.hasPrefix("/") || pathPrefix.contains(where: { $0 == "?" || $0 == "#" }) {
            fields.error("pathPrefix", "\(pathPrefix.quotedForMessage) must begin with `/` and hold a path only")
        }
        includeRequestHeadersInCheck = fields.headerPatterns("includeRequestHeadersInCheck")
        // The older name counts where the newer says nothing.
        let older = fields.headerPatterns("includeHeadersInCheck")
        if includeRequestHeadersInCheck.isEmpty { includeRequestHeadersInCheck = older }
        includeAdditionalHeadersInCheck = fields.stringMap("includeAdditionalHeadersInCheck")
        for (name, value) in includeAdditionalHeadersInCheck.sorted(by: { $0.key < $1.key }) {
            if let reason = NameSyntax.headerName(name) { fields.error("includeAdditionalHeadersInCheck", reason) }
            if value.utf8.contains(where: { $0 == 0 || $0 == 0x0A || $0 == 0x0D }) {
                fields.error("includeAdditionalHeadersInCheck", "\(name) must not contain line breaks or NUL")
            }
        }
        headersToUpstreamOnAllow = fields.headerPatterns("headersToUpstreamOnAllow")
        headersToDownstreamOnDeny = fields.headerPatterns("headersToDownstreamOnDeny")
        headersToDownstreamOnAllow = fields.headerPatterns("headersToDownstreamOnAllow")
    }
}

extension ExternalAuthorizationGRPC: FieldDecodable {
    init(fields: FieldReader) {
        self.init()
        base = ExternalAuthorization(fields)
    }
}

extension FieldReader {
    /// Names of headers, each with at most one `*`, at the beginning or the end and not alone.
    fileprivate func headerPatterns(_ name: String) -> [String] {
        strings(name) { text in
            let inner = text.hasPrefix("*") ? text.dropFirst() : text.hasSuffix("*") ? text.dropLast() : text[...]
            if inner.isEmpty { return "\(text.quotedForMessage): write a name, or its beginning or end beside a `*`" }
            if inner.contains("*") { return "\(text.quotedForMessage): one `*` may stand, at the beginning or at the end" }
            return NameSyntax.headerName(String(inner))
        }
    }
}
