import EnvoyAPI
import HTTPWire
import SwiftProtobuf

extension ResourceReader {
    /// Nothing for a policy that hashes nothing: `connection_properties` without `source_ip`.
    mutating func hashPolicy(
        _ message: Envoy_Config_Route_V3_RouteAction.HashPolicy
    ) throws(InvalidResource) -> HashPolicy? {
        noteUnknownFields(message)
        switch message.policySpecifier {
        case .header(let header)?:
            let name = try headerName("header.header_name", header.headerName)
            let rewrite =
                header.hasRegexRewrite ? try regexRewrite("header.regex_rewrite", header.regexRewrite) : nil
            return HashPolicy(.header(name, rewrite: rewrite), isTerminal: message.terminal)
        case .cookie(let cookie)?:
            return HashPolicy(.cookie(try hashCookie(cookie)), isTerminal: message.terminal)
        case .connectionProperties(let properties)?:
            return properties.sourceIp ? HashPolicy(.sourceAddress, isTerminal: message.terminal) : nil
        case .queryParameter(let query)?:
            guard !query.name.isEmpty else { throw invalid("query_parameter.name", "is empty") }
            return HashPolicy(.queryParameter(Array(query.name.utf8)), isTerminal: message.terminal)
        case nil: throw invalid("", "is missing or of an unsupported kind")
        }
    }

    /// What becomes of a `set-cookie` line may not end the line.
    private func hashCookie(
        _ message: Envoy_Config_Route_V3_RouteAction.HashPolicy.Cookie
    ) throws(InvalidResource) -> HashCookie {
        guard !message.name.isEmpty else { throw invalid("cookie.name", "is empty") }
        let parts = [message.name, message.path] + message.attributes.flatMap { [$0.name, $0.value] }
        guard parts.allSatisfy({ $0.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F } }) else {
            throw invalid("cookie", "has control characters")
        }
        return HashCookie(
            name: Array(message.name.utf8),
            // Envoy drops what is less than a second.
            ttl: message.hasTtl ? try duration("cookie.ttl", message.ttl).components.seconds : nil,
            path: Array(message.path.utf8),
            attributes: message.attributes.map { (Array($0.name.utf8), Array($0.value.utf8)) }
        )
    }
}
