import EnvoyAPI
import SwiftProtobuf

@testable import XDSGeneration

/// A request or connection as a table describes it.
struct Call: Sendable {
    var identity: String? = "spiffe://cluster.local/ns/default/sa/client"
    var method = "GET"
    var path = "/"
    var host = "web.default.svc.cluster.local"
    var headers: [String: String] = [:]
    var peer = "10.1.0.9"
    var caller = "10.1.0.9"
    var destination = "10.1.0.5"
    var port: UInt32 = 8080
    var serverName = ""
    /// Dynamic metadata by namespace.
    var metadata: [String: Google_Protobuf_Value] = [:]

    static let plain = Call()

    static func from(_ identity: String?) -> Call {
        var call = Call()
        call.identity = identity
        return call
    }

    static func with(_ change: (inout Call) -> Void) -> Call {
        var call = Call()
        change(&call)
        return call
    }

    static func get(_ path: String) -> Call { .with { $0.path = path } }

    static func header(_ name: String, _ value: String) -> Call { .with { $0.headers[name] = value } }

    static func host(_ host: String) -> Call { .with { $0.host = host } }

    /// With a token whose payload is JSON.
    static func token(_ json: String) -> Call {
        .with { call in
            guard let payload = try? Google_Protobuf_Value(jsonString: "{\"payload\": \(json)}") else { return }
            call.metadata["envoy.filters.http.jwt_authn"] = payload
        }
    }
}

/// Evaluates RBAC rules as Envoy's documentation says, so that tables state decisions rather than messages.
enum RuleOracle {
    static func matches(_ policy: XDS.RBACPolicy, _ call: Call) -> Bool {
        policy.permissions.contains { matches($0, call) } && policy.principals.contains { matches($0, call) }
    }

    private static func matches(_ permission: XDS.Permission, _ call: Call) -> Bool {
        switch permission.rule {
        case .andRules(let set): set.rules.allSatisfy { matches($0, call) }
        case .orRules(let set): set.rules.contains { matches($0, call) }
        case .any(let flag): flag
        case .header(let matcher): matches(matcher, call)
        case .urlPath(let matcher): matches(matcher.path, String(call.path.prefix { $0 != "?" }))
        case .destinationIp(let range): contains(range, call.destination)
        case .destinationPort(let port): port == call.port
        case .metadata(let matcher): matches(matcher, call)
        case .notRule(let inner): !matches(inner, call)
        case .requestedServerName(let matcher): matches(matcher, call.serverName)
        case .destinationPortRange, nil: false
        }
    }

    private static func matches(_ principal: XDS.Principal, _ call: Call) -> Bool {
        switch principal.identifier {
        case .andIds(let set): return set.ids.allSatisfy { matches($0, call) }
        case .orIds(let set): return set.ids.contains { matches($0, call) }
        case .any(let flag): return flag
        case .authenticated(let name):
            guard let identity = call.identity else { return false }
            return !name.hasPrincipalName || matches(name.principalName, identity)
        case .directRemoteIp(let range): return contains(range, call.peer)
        case .remoteIp(let range): return contains(range, call.caller)
        case .header(let matcher): return matches(matcher, call)
        case .metadata(let matcher): return matches(matcher, call)
        case .notID(let inner): return !matches(inner, call)
        case .sourceIp, .urlPath, .filterState, nil: return false
        }
    }

    private static func matches(_ matcher: XDS.HeaderMatcher, _ call: Call) -> Bool {
        let value: String? =
            switch matcher.name {
            case ":method": call.method
            case ":path": call.path
            case ":authority": call.host
            default: call.headers[matcher.name]
            }
        switch matcher.headerMatchSpecifier {
        case .presentMatch(let wanted): return (value != nil) == wanted
        case .stringMatch(let matcher): return value.map { matches(matcher, $0) } ?? false
        default: return false
        }
    }

    static func matches(_ matcher: XDS.MetadataMatcher, _ call: Call) -> Bool {
        var value = call.metadata[matcher.filter]
        for segment in matcher.path {
            guard case .structValue(let object)? = value?.kind else { return matcher.invert }
            value = object.fields[segment.key]
        }
        return (value.map { matches(matcher.value, $0) } ?? false) != matcher.invert
    }

    private static func matches(_ matcher: XDS.ValueMatcher, _ value: Google_Protobuf_Value) -> Bool {
        switch (matcher.matchPattern, value.kind) {
        case (.orMatch(let any), _): return any.valueMatchers.contains { matches($0, value) }
        case (.listMatch(let list), .listValue(let values)?):
            return values.values.contains { matches(list.oneOf, $0) }
        case (.stringMatch(let matcher), .stringValue(let text)?): return matches(matcher, text)
        case (.presentMatch(let wanted), let kind): return (kind != nil) == wanted
        default: return false
        }
    }

    private static func matches(_ matcher: XDS.StringMatcher, _ text: String) -> Bool {
        let fold = { (text: String) in matcher.ignoreCase ? text.lowercased() : text }
        switch matcher.matchPattern {
        case .exact(let wanted): return fold(text) == fold(wanted)
        case .prefix(let wanted): return fold(text).hasPrefix(fold(wanted))
        case .suffix(let wanted): return fold(text).hasSuffix(fold(wanted))
        case .contains(let wanted): return fold(text).contains(fold(wanted))
        case .safeRegex(let expression):
            guard let regex = try? Regex(expression.regex) else { return false }
            return text.wholeMatch(of: regex) != nil
        default: return false
        }
    }

    private static func contains(_ range: XDS.CidrRange, _ address: String) -> Bool {
        guard IPAddress.isV4(address) == IPAddress.isV4(range.addressPrefix) else { return false }
        guard IPAddress.isV4(address) else { return address == range.addressPrefix }
        let number = { (text: String) in
            text.split(separator: ".").reduce(UInt64(0)) { ($0 << 8) | (UInt64($1) ?? 0) }
        }
        let shift = 32 - UInt64(range.prefixLen.value)
        return number(address) >> shift == number(range.addressPrefix) >> shift
    }
}

extension Google_Protobuf_Value {
    /// An object with a list of strings.
    static func object(_ key: String, _ values: [String]) -> Google_Protobuf_Value {
        let list = Google_Protobuf_ListValue(values: values.map { Google_Protobuf_Value(stringValue: $0) })
        return Google_Protobuf_Value(structValue: Google_Protobuf_Struct(fields: [key: Google_Protobuf_Value(listValue: list)]))
    }
}
