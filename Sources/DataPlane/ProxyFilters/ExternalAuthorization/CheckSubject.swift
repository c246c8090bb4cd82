package import HTTPWire
package import ProxySnapshot

/// A request, or a connection, as an external authorization service sees it over gRPC
/// (`envoy.service.auth.v3.AttributeContext`); texts are UTF-8.
package struct CheckSubject: Sendable {
    package var source: SocketAddressValue
    package var destination: SocketAddressValue
    /// The peer's identity and this side's; empty without mutual TLS.
    package var sourcePrincipal: String
    package var destinationPrincipal: String
    /// The peer's certificate as percent-encoded PEM; empty unless it is told.
    package var certificate: String
    /// The SNI; nil unless it is told.
    package var serverName: String?
    /// nil for a connection that is not HTTP.
    package var http: HTTP?

    /// The request itself.
    package struct HTTP: Sendable {
        package var id = ""
        package var method = ""
        package var path = ""
        package var host = ""
        package var scheme = ""
        package var `protocol` = ""
        /// Lower-case names; several lines of one are joined by commas.
        package var headers: [String: String] = [:]
        /// The bytes of the body, -1 if nobody knows.
        package var size: Int64 = -1
        package var body: [UInt8] = []
        package var packsBodyAsBytes = false
    }

    /// What is told of a connection.
    package init(_ facts: DownstreamFacts, for filter: ExternalAuthorization) {
        source = facts.remote
        destination = facts.local
        sourcePrincipal = facts.peer?.principal.map { Self.text($0) } ?? ""
        destinationPrincipal = Self.text(facts.localIdentity)
        certificate = filter.includesPeerCertificate ? Self.text(facts.peer?.urlEncodedPEM() ?? []) : ""
        serverName = filter.includesTLSSession && facts.isTLS ? Self.text(facts.serverName) : nil
    }

    /// Adds what is told of a request; `body` is as much of it as is told, nil if that is nothing.
    package mutating func add(
        _ head: RequestHead,
        for filter: ExternalAuthorization,
        body: (bytes: [UInt8], isPartial: Bool)?
    ) {
        var http = HTTP()
        func text(_ range: ByteRange?) -> String {
            range.map { head.headers.withBytes($0) { Self.text($0) } } ?? ""
        }
        http.method = text(head.headers.value(of: .method))
        http.path = text(head.path)
        http.host = text(head.authority)
        http.scheme = text(head.scheme)
        http.id = text(head.headers.value(of: .xRequestID))
        http.protocol = "\(head.version.name)"
        if case .length(let length) = head.framing { http.size = Int64(clamping: length) }
        var headers: [String: String] = [:]
        head.headers.forEach { name, value, _ in
            if let allowed = filter.allowedHeaders, !allowed.contains(where: { $0.matches(name) }) { return }
            let name = Self.text(name)
            let value = Self.text(value)
            headers[name] = headers[name].map { "\($0),\(value)" } ?? value
        }
        headers[":method"] = http.method
        headers[":path"] = http.path
        headers[":scheme"] = http.scheme
        headers[":authority"] = http.host
        headers["host"] = nil
        if let body {
            http.body = body.bytes
            http.packsBodyAsBytes = filter.body?.packsAsBytes ?? false
            headers["x-envoy-auth-partial-body"] = body.isPartial ? "true" : "false"
        }
        http.headers = headers
        self.http = http
    }

    /// Bytes as text; what is none is replaced, for protobuf's strings must be UTF-8 (CVE-2024-23324).
    static func text(_ bytes: some Sequence<UInt8>) -> String {
        let bytes = Array(bytes)
        return String(validating: bytes, as: UTF8.self)
            ?? String(decoding: bytes.map { $0 < 0x80 ? $0 : UInt8(ascii: "!") }, as: UTF8.self)
    }
}
