import EnvoyAPI
import MeshConfig
import SwiftProtobuf

extension XDS.RouteAction.HashPolicy {
    /// What of a request is hashed (Istio `ConsistentHashToHashPolicy`); nil when the rule names nothing usable.
    init?(_ hash: ConsistentHashLB) {
        self.init()
        switch hash.hashKey {
        case .httpHeaderName(let name):
            guard HeaderText.isName(name) else { return nil }
            header.headerName = name
        case .httpCookie(let rule):
            guard !rule.name.isEmpty else { return nil }
            cookie.name = rule.name
            cookie.path = rule.path
            if let ttl = rule.ttl { cookie.ttl = .init(ttl) }
            cookie.attributes = rule.attributes.compactMap { attribute in
                guard HeaderText.isName(attribute.name), HeaderText.isText(attribute.value) else { return nil }
                var result = XDS.RouteAction.HashPolicy.CookieAttribute()
                result.name = attribute.name
                result.value = attribute.value
                return result
            }
        case .useSourceIp(let isUsed):
            connectionProperties.sourceIp = isUsed
        case .httpQueryParameterName(let name):
            guard !name.isEmpty else { return nil }
            queryParameter.name = name
        case nil:
            return nil
        }
    }
}
