package import HTTPWire
package import ProxySnapshot

/// The request that asks an HTTP authorization service, and what its answer means (`ext_authz` `http_service`).
package struct HTTPCheck {
    private let filter: ExternalAuthorization
    private let service: ExternalAuthorization.HTTPService

    package init(_ filter: ExternalAuthorization, _ service: ExternalAuthorization.HTTPService) {
        self.filter = filter
        self.service = service
    }

    /// The head that asks about `original`; its body is told in `bodyLength` bytes.
    ///
    /// Method, path, host and `authorization` are always told, other headers if they are allowed.
    package func head(
        about original: RequestHead,
        bodyLength: Int,
        isPartial: Bool,
        timeoutMilliseconds: Int64
    ) -> RequestHead {
        var head = RequestHead()
        if original.method == .other, let method = original.headers.value(of: .method) {
            head.setMethod(.other)
            original.headers.withBytes(method) { head.headers.set(.method, $0) }
        } else {
            // A tunnel is asked about like any other request.
            head.setMethod(original.method == .connect ? .get : original.method)
        }
        var path = service.pathPrefix
        if let range = original.path { original.headers.withBytes(range) { path.append(contentsOf: $0) } }
        if path.isEmpty { path.append(UInt8(ascii: "/")) }
        head.setPath(path)
        if let host = original.authority {
            original.headers.withBytes(host) { host in head.setAuthority(host) }
        }
        original.headers.forEach { name, value, known in
            switch known {
            case .authority, .contentLength, .transferEncoding, .expect, .connection, .te, .upgrade: return
            case .authorization: head.headers.add(.authorization, value)
            default:
                guard let allowed = filter.allowedHeaders, allowed.contains(where: { $0.matches(name) }) else { return }
                let name = HeaderName(String(decoding: name, as: UTF8.self))
                // One line for all: a service that reads the first only would not see what the workload does.
                head.headers.append(to: name, value)
            }
        }
        if filter.body != nil, original.framing.hasBody {
            head.headers.set(HeaderName("x-envoy-auth-partial-body"), isPartial ? "true" : "false")
        }
        for header in service.headersToAdd { header.value.withUnsafeBytes { head.headers.set(header.name, $0) } }
        head.headers.set(.xEnvoyInternal, "true")
        head.headers.set(.xEnvoyExpectedRqTimeoutMs, UInt64(max(0, timeoutMilliseconds)))
        head.headers.set(.contentLength, UInt64(bodyLength))
        head.framing = .length(UInt64(bodyLength))
        return head
    }

    /// What an answer means.
    package func answer(_ head: borrowing ResponseHead, body: ContiguousArray<UInt8>) -> CheckAnswer {
        switch head.status {
        case 200: return .allowed(changes(head.headers))
        case 500...: return .failed
        default:
            return .denied(
                status: head.status,
                headers: clientHeaders(head.headers),
                body: body,
                metadata: metadata(head.headers)
            )
        }
    }

    private func metadata(_ headers: borrowing HeaderBlock) -> [MetadataMember] {
        guard !service.metadataHeaders.isEmpty else { return [] }
        var members: [MetadataMember] = []
        headers.forEach { name, value, _ in
            guard matches(name, service.metadataHeaders) else { return }
            members.append(MetadataMember(name: ContiguousArray(name), value: .text(ContiguousArray(value))))
        }
        return members
    }

    private func changes(_ headers: borrowing HeaderBlock) -> CheckChanges {
        var changes = CheckChanges()
        changes.metadata = metadata(headers)
        headers.forEach { name, value, known in
            let header = LocalResponse.Header(
                name: HeaderName(String(decoding: name, as: UTF8.self)),
                value: ContiguousArray(value)
            )
            if name.elementsEqual("x-envoy-auth-headers-to-remove".utf8) {
                for part in value.split(separator: UInt8(ascii: ",")) {
                    let text = String(decoding: part.filter { $0 != 0x20 && $0 != 0x09 }, as: UTF8.self)
                    let target = LocalResponse.Header(name: HeaderName(text), value: [])
                    if LocalResponse.isSound(target) { changes.removals.append(target.name) }
                }
                return
            }
            guard LocalResponse.isSound(header) else { return }
            if matches(name, service.upstreamHeaders) { changes.requestHeaders.append(header) }
            if matches(name, service.upstreamHeadersToAppend) {
                changes.requestHeaders.append(.init(name: header.name, value: header.value, replaces: false))
            }
            if matches(name, service.clientHeadersOnSuccess) {
                changes.responseHeaders.append(.init(name: header.name, value: header.value, replaces: false))
            }
        }
        return changes
    }

    private func clientHeaders(_ headers: borrowing HeaderBlock) -> [LocalResponse.Header] {
        var result: [LocalResponse.Header] = []
        headers.forEach { name, value, known in
            let isAlways = known == .location || known == .wwwAuthenticate
            guard isAlways || service.clientHeaders.isEmpty || matches(name, service.clientHeaders) else { return }
            // Those are made anew for every answer.
            guard known != .date, known != .server else { return }
            result.append(
                LocalResponse.Header(
                    name: HeaderName(String(decoding: name, as: UTF8.self)),
                    value: ContiguousArray(value),
                    replaces: known != .setCookie
                )
            )
        }
        return result
    }

    private func matches(_ name: UnsafeRawBufferPointer, _ matchers: [StringMatcher]) -> Bool {
        matchers.contains { $0.matches(name) }
    }
}
