/// A claim of the request's token that an HTTP match asks for in place of a header (Istio `jwt.ToRoutingClaim`):
/// `@request.auth.claims.a.b` or `@request.auth.claims[a][b]`.
package struct RoutingClaim: Sendable, Hashable {
    /// Names from the outside in; never empty, and none is.
    package var names: [String]

    private static let prefix = "@request.auth.claims"

    /// Whether a header's name is meant for a claim, well-formed or not; the prefix is matched without regard to case.
    static func isMeant(_ header: String) -> Bool { header.lowercased().hasPrefix(prefix) }

    /// Reads the name of a header; nil when it names no claim.
    package init?(header: String) {
        guard Self.isMeant(header) else { return nil }
        let rest = header.dropFirst(Self.prefix.count)
        if rest.hasPrefix("."), rest.count > 1 {
            names = rest.dropFirst().split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        } else if rest.hasPrefix("["), rest.hasSuffix("]"), rest.count > 2 {
            let inner = rest.dropFirst().dropLast()
            names = inner.split(separator: "][", omittingEmptySubsequences: false).map(String.init)
        } else {
            return nil
        }
        guard names.allSatisfy({ !$0.isEmpty }) else { return nil }
    }
}

extension HTTPMatchRequest {
    /// Claims that are asked for, or asked to be absent, as they are written.
    var claims: [String] { (Array(headers.keys) + Array(withoutHeaders.keys)).filter(RoutingClaim.isMeant).sorted() }
}
