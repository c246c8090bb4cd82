package import HTTPWire
package import ProxySnapshot
import RegularExpressions

/// Builds the `location` of redirects.
package enum RedirectLocation {
    /// Where a virtual host that requires TLS sends plaintext requests: the same URL with https (status 301).
    package static func https(_ head: borrowing RequestHead) -> [UInt8] {
        Array("https://".utf8) + bytes(head, head.authority) + bytes(head, head.path)
    }

    /// Where a redirecting route sends a request. The default ports :80 and :443 are left out when the scheme changes.
    package static func of(_ redirect: RedirectAction, head: borrowing RequestHead, match: RouteMatch) -> [UInt8] {
        let scheme: [UInt8] =
            switch redirect.scheme {
            case .keep: head.scheme == nil ? Array("http".utf8) : bytes(head, head.scheme)
            case .https: Array("https".utf8)
            case .scheme(let text): Array(text.utf8)
            }
        let port = redirect.port.map { Array(":\($0)".utf8) } ?? []
        let host = redirect.host.map { Array($0.utf8) } ?? requestHost(head, scheme: scheme, newPort: port)
        var location = scheme + Array("://".utf8) + host + port
        location += path(redirect, head, match)
        return location
    }

    private static func bytes(_ head: borrowing RequestHead, _ range: ByteRange?) -> [UInt8] {
        guard let range else { return [] }
        return head.headers.withBytes(range) { [UInt8]($0) }
    }

    private static func requestHost(_ head: borrowing RequestHead, scheme: [UInt8], newPort: [UInt8]) -> [UInt8] {
        let host = bytes(head, head.authority)
        var forwarded = bytes(head, head.headers.value(of: .xForwardedProto))
        if forwarded.isEmpty { forwarded = bytes(head, head.scheme) }
        return host.withUnsafeBytes { raw in
            let parts = HostHeader(raw)
            var dropsPort = !newPort.isEmpty
            if scheme != forwarded {
                let isHTTPSDefault = forwarded.elementsEqual("https".utf8) && parts.portBytes.elementsEqual(":443".utf8)
                let isHTTPDefault = forwarded.elementsEqual("http".utf8) && parts.portBytes.elementsEqual(":80".utf8)
                dropsPort = dropsPort || isHTTPSDefault || isHTTPDefault
            }
            return dropsPort ? [UInt8](parts.hostBytes) : [UInt8](raw)
        }
    }

    private static func path(
        _ redirect: RedirectAction,
        _ head: borrowing RequestHead,
        _ match: RouteMatch
    ) -> [UInt8] {
        let question = UInt8(ascii: "?")
        let whole = bytes(head, head.path)
        let bare = Array(whole.prefix { $0 != question })
        let query = redirect.stripsQuery ? [] : Array(whole[bare.count...])
        switch redirect.path {
        case .keep:
            return bare + query
        case .path(let path):
            // A query of the redirect itself wins and is never stripped.
            return path.contains(question) ? path : path + query
        case .prefix(let replacement):
            let length = ByteRange(offset: 0, length: UInt32(truncatingIfNeeded: bare.count))
            return replacement + bare.dropFirst(match.path.matchedLength(length)) + query
        case .regex(let rewrite):
            let text = String(decoding: bare, as: UTF8.self)
            return Array(rewrite.pattern.replacingMatches(in: text, with: rewrite.substitution).utf8) + query
        }
    }
}
