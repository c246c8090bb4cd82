/// An attribute that a `when` condition asks about (Istio "Authorization Policy Conditions").
package enum ConditionKey: Sendable, Hashable {
    /// `request.headers[NAME]`; the name in lower case.
    case requestHeader(String)
    /// `source.ip`: IP or CIDR.
    case sourceIP
    /// `remote.ip`: IP or CIDR.
    case remoteIP
    case sourceNamespace
    case sourceServiceAccount
    case sourcePrincipal
    case sourceTrustDomain
    /// `request.auth.principal`: `ISSUER/SUBJECT`.
    case requestPrincipal
    case requestAudiences
    case requestPresenter
    /// `request.auth.claims[A][B]`: names from the outside in, never empty.
    case requestClaim([String])
    /// `destination.ip`: IP or CIDR.
    case destinationIP
    case destinationPort
    /// `connection.sni`.
    case serverName
    /// `experimental.envoy.filters.FILTER[KEY]`: dynamic metadata under `envoy.filters.FILTER`.
    case filterMetadata(filter: String, key: String)

    /// Why a text is no attribute.
    struct Failure: Error {
        var reason: String
    }

    /// Attributes without brackets.
    private static let plain: [(text: String, key: ConditionKey)] = [
        ("source.ip", .sourceIP), ("remote.ip", .remoteIP), ("source.namespace", .sourceNamespace),
        ("source.serviceAccount", .sourceServiceAccount), ("source.principal", .sourcePrincipal),
        ("source.trustDomain", .sourceTrustDomain), ("request.auth.principal", .requestPrincipal),
        ("request.auth.audiences", .requestAudiences), ("request.auth.presenter", .requestPresenter),
        ("destination.ip", .destinationIP), ("destination.port", .destinationPort), ("connection.sni", .serverName),
    ]
    private static let bracketed = ["request.headers", "request.auth.claims", "experimental.envoy.filters."]

    /// Reads an attribute as it is written.
    init(_ text: String) throws(Failure) {
        if let match = Self.plain.first(where: { $0.text == text }) {
            self = match.key
            return
        }
        guard let prefix = Self.bracketed.first(where: text.hasPrefix) else {
            let names = Self.plain.map(\.text) + ["request.headers[NAME]", "request.auth.claims[NAME]"]
            let hint = Suggestion.text(for: text, among: names)
            throw Failure(
                reason: "\(text.quotedForMessage) is not an attribute; allowed are \(names.joined(separator: ", ")) and "
                    + "experimental.envoy.filters.FILTER[KEY]\(hint)"
            )
        }
        guard let open = text.firstIndex(of: "["), let names = Self.names(text[open...]) else {
            throw Failure(reason: "\(text.quotedForMessage) must be of the form \(prefix)[NAME]")
        }
        let head = text[..<open]
        switch prefix {
        case "request.auth.claims" where head == prefix:
            self = .requestClaim(names)
        case "request.headers" where head == prefix && names.count == 1:
            let name = names[0].lowercased()
            if let reason = NameSyntax.headerName(String(name.drop { $0 == ":" })) { throw Failure(reason: reason) }
            self = .requestHeader(name)
        case "experimental.envoy.filters." where names.count == 1 && head.count > prefix.count:
            self = .filterMetadata(filter: String(head.dropFirst("experimental.".count)), key: names[0])
        default:
            throw Failure(reason: "\(text.quotedForMessage) must be of the form \(prefix)[NAME]")
        }
    }

    /// Names of `[A][B]`, none empty; text that is not of that form stands in one pair of brackets (Istio
    /// `extractNameInNestedBrackets`).
    static func names(_ text: Substring) -> [String]? {
        guard text.hasPrefix("["), text.hasSuffix("]"), text.count > 2 else { return nil }
        let inner = text.dropFirst().dropLast()
        let parts = inner.split(separator: "][", omittingEmptySubsequences: false).map(String.init)
        guard parts.allSatisfy({ !$0.isEmpty }) else { return nil }
        return parts.contains { $0.contains("[") || $0.contains("]") } ? [String(inner)] : parts
    }

    /// Whether only HTTP requests have it.
    package var isHTTP: Bool {
        switch self {
        case .requestHeader, .requestPrincipal, .requestAudiences, .requestPresenter, .requestClaim: true
        case .sourceIP, .remoteIP, .sourceNamespace, .sourceServiceAccount, .sourcePrincipal, .sourceTrustDomain,
            .destinationIP, .destinationPort, .serverName, .filterMetadata:
            false
        }
    }

    /// The attribute as it is written.
    package var text: String {
        switch self {
        case .requestHeader(let name): "request.headers[\(name)]"
        case .requestClaim(let names): "request.auth.claims\(names.map { "[\($0)]" }.joined())"
        case .filterMetadata(let filter, let key): "experimental.\(filter)[\(key)]"
        case .sourceIP, .remoteIP, .sourceNamespace, .sourceServiceAccount, .sourcePrincipal, .sourceTrustDomain,
            .requestPrincipal, .requestAudiences, .requestPresenter, .destinationIP, .destinationPort, .serverName:
            Self.plain.first { $0.key == self }?.text ?? ""
        }
    }
}
