package import HTTPWire
package import ProxySnapshot
import RegularExpressions

/// Why a route was passed over, in words; for tools, never for requests.
package struct RoutePassedOver: Sendable, Equatable {
    /// The position of the route in its virtual host.
    package let position: Int
    package let name: String
    package let configSource: String?
    package let configRule: String?
    package let reason: String
}

extension RouteMatcher {
    /// The routes before `end` and what kept each from matching.
    package static func passedOver(
        _ head: borrowing RequestHead,
        host: VirtualHost,
        before end: Int,
        random: UInt64
    ) -> [RoutePassedOver] {
        let path = head.pathWithoutQuery ?? ByteRange(offset: 0, length: 0)
        var result: [RoutePassedOver] = []
        for position in 0..<min(end, host.routes.count) {
            let route = host.routes[position]
            guard let mismatch = mismatch(head, path: path, match: route.match, random: random) else { continue }
            result.append(
                RoutePassedOver(
                    position: position,
                    name: route.name,
                    configSource: route.configSource,
                    configRule: route.configRule,
                    reason: mismatch.text(route.match, head, path)
                )
            )
        }
        return result
    }
}

extension RouteMismatch {
    fileprivate func text(_ match: RouteMatch, _ head: borrowing RequestHead, _ path: ByteRange) -> String {
        switch self {
        case .path:
            return "the path \(head.headers.string(path)) is not \(match.path.text)"
        case .header(let index):
            guard match.headers.indices.contains(index) else { return "a header does not match" }
            let matcher = match.headers[index]
            let value = head.headers.value(of: matcher.name).map { "\"\(head.headers.string($0))\"" } ?? "absent"
            return "header \(matcher.name) is \(value); wanted: \(matcher.text)"
        case .queryParameter(let index):
            guard match.queryParameters.indices.contains(index) else { return "a query parameter does not match" }
            let matcher = match.queryParameters[index]
            return "query parameter \(String(decoding: matcher.name, as: UTF8.self)) is not "
                + (matcher.value?.pattern.text ?? "present")
        case .metadata(let index):
            guard match.metadata.indices.contains(index) else { return "a claim does not match" }
            let path = match.metadata[index].path.dropFirst().map { String(decoding: $0, as: UTF8.self) }
            return "the claim \(path.joined(separator: ".")) of the token does not match, or there is no token"
        case .notGRPC: return "the request is not gRPC"
        case .runtimeFraction: return "the request is not among the runtime fraction"
        }
    }
}

extension PathMatch {
    /// The criterion in words.
    package var text: String {
        switch self {
        case .prefix(let bytes): "prefix \(String(decoding: bytes, as: UTF8.self))"
        case .exact(let bytes): "exactly \(String(decoding: bytes, as: UTF8.self))"
        case .pathSeparatedPrefix(let bytes): "below \(String(decoding: bytes, as: UTF8.self))"
        case .regex(let expression): "regex \(expression.pattern)"
        }
    }
}

extension HeaderMatcher {
    /// The criterion in words.
    package var text: String {
        let text: String =
            switch value {
            case .present: "present"
            case .string(let matcher): matcher.pattern.text
            case .range(let range): "a number from \(range.lowerBound) below \(range.upperBound)"
            }
        return inverts ? "not \(text)" : text
    }
}

extension StringPattern {
    /// The pattern in words.
    package var text: String {
        switch self {
        case .exact(let bytes): "exactly \"\(String(decoding: bytes, as: UTF8.self))\""
        case .prefix(let bytes): "prefix \"\(String(decoding: bytes, as: UTF8.self))\""
        case .suffix(let bytes): "suffix \"\(String(decoding: bytes, as: UTF8.self))\""
        case .contains(let bytes): "containing \"\(String(decoding: bytes, as: UTF8.self))\""
        case .regex(let expression): "regex \"\(expression.pattern)\""
        }
    }
}
