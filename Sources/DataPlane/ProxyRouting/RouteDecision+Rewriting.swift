package import HTTPWire
import ProxySnapshot
import RegularExpressions

extension RouteDecision {
    /// Turns the request into what goes upstream: header changes from the split entry out to the table, then Host, then
    /// the path, as Envoy's `finalizeRequestHeaders` does.
    ///
    /// An automatic host rewrite waits for the endpoint: see `automaticHostRewrite(on:hostname:)`.
    /// `keepsOriginals` writes `x-envoy-original-path` and `x-envoy-original-host` (off if the router suppresses
    /// Envoy's headers).
    package func finalizeRequest(
        _ head: inout RequestHead,
        keepsOriginals: Bool = true,
        context: @autoclosure () -> HeaderValueContext
    ) {
        let entry = weightedCluster
        entry?.requestHeaders.apply(to: &head.headers, context: context())
        route.requestHeaders.apply(to: &head.headers, context: context())
        virtualHost.requestHeaders.apply(to: &head.headers, context: context())
        table.requestHeaders.apply(to: &head.headers, context: context())
        guard let action else { return }
        if let host = entry?.hostRewrite {
            host.withUnsafeBytes { replaceHost(&head, with: $0, action: action, keepsOriginal: keepsOriginals) }
        } else {
            rewriteHost(&head, action, keepsOriginals)
        }
        if let path = rewrittenPath(head, action.pathRewrite) {
            if keepsOriginals, let original = head.path {
                head.headers.set(.xEnvoyOriginalPath, copying: original)
            }
            path.withUnsafeBytes { head.setPath($0) }
        }
    }

    /// Applies the response header changes, from the split entry out to the table.
    package func finalizeResponse(
        _ head: inout ResponseHead,
        request: HeaderBlock,
        context: @autoclosure () -> HeaderValueContext
    ) {
        weightedCluster?.responseHeaders.apply(to: &head.headers, requestHeaders: request, context: context())
        route.responseHeaders.apply(to: &head.headers, requestHeaders: request, context: context())
        virtualHost.responseHeaders.apply(to: &head.headers, requestHeaders: request, context: context())
        table.responseHeaders.apply(to: &head.headers, requestHeaders: request, context: context())
    }

    /// True if no level changes response headers, so that nothing of the request need be kept for it.
    package var leavesResponseAlone: Bool {
        route.responseHeaders.isEmpty && virtualHost.responseHeaders.isEmpty && table.responseHeaders.isEmpty
            && weightedCluster?.responseHeaders.isEmpty ?? true
    }

    /// Sets Host to the chosen endpoint's hostname if the route asks for it.
    package func automaticHostRewrite(
        on head: inout RequestHead,
        hostname: String,
        keepsOriginals: Bool = true
    ) {
        guard let action, case .automatic = action.hostRewrite, weightedCluster?.hostRewrite == nil,
            !hostname.isEmpty
        else { return }
        Array(hostname.utf8).withUnsafeBytes {
            replaceHost(&head, with: $0, action: action, keepsOriginal: keepsOriginals)
        }
    }

    private func rewriteHost(_ head: inout RequestHead, _ action: RouteAction, _ keepsOriginal: Bool) {
        switch action.hostRewrite {
        case .none, .automatic:
            return
        case .literal(let bytes):
            bytes.withUnsafeBytes { replaceHost(&head, with: $0, action: action, keepsOriginal: keepsOriginal) }
        case .header(let name):
            guard let range = head.headers.value(of: name), !range.isEmpty else { return }
            let bytes = head.headers.withBytes(range) { [UInt8]($0) }
            bytes.withUnsafeBytes { replaceHost(&head, with: $0, action: action, keepsOriginal: keepsOriginal) }
        }
    }

    private func replaceHost(
        _ head: inout RequestHead,
        with host: UnsafeRawBufferPointer,
        action: RouteAction,
        keepsOriginal: Bool
    ) {
        if let original = head.authority {
            let isSame = head.headers.withBytes(original) { $0.elementsEqual(host) }
            if action.appendsXForwardedHost, !isSame {
                let bytes = head.headers.withBytes(original) { [UInt8]($0) }
                bytes.withUnsafeBytes { head.headers.append(to: .xForwardedHost, $0) }
            }
            if keepsOriginal { head.headers.set(.xEnvoyOriginalHost, copying: original) }
        }
        head.setAuthority(host)
    }

    /// The new path with the old query, or `nil` if it stays.
    private func rewrittenPath(_ head: borrowing RequestHead, _ rewrite: PathRewrite) -> [UInt8]? {
        switch rewrite {
        case .none:
            return nil
        case .prefix(let replacement):
            guard let path = head.path, let bare = head.pathWithoutQuery else { return nil }
            let matched = route.match.path.matchedLength(bare)
            return head.headers.withBytes(path) { replacement + $0[min(matched, $0.count)...] }
        case .regex(let rewrite):
            guard let path = head.path, let bare = head.pathWithoutQuery else { return nil }
            let text = rewrite.pattern.replacingMatches(in: head.headers.string(bare), with: rewrite.substitution)
            return head.headers.withBytes(path) { Array(text.utf8) + $0[min(Int(bare.length), $0.count)...] }
        }
    }
}

extension PathMatch {
    /// How much of the path a prefix rewrite replaces: the prefix, or all of an exact or regex match.
    func matchedLength(_ path: ByteRange) -> Int {
        switch self {
        case .prefix(let bytes), .pathSeparatedPrefix(let bytes): bytes.count
        case .exact, .regex: Int(path.length)
        }
    }
}
