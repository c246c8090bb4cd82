internal import DiscoveryServer
internal import Foundation
internal import XDSProtocol

/// One client in `/debug/syncz`: Istio's fields hold nonces; `types` says the rest.
struct SyncStatus: Encodable {
    struct Rejection: Encodable {
        var nonce: String
        var version: String
        var code: Int32
        var reason: String
        var at: Date?
    }

    struct TypeSync: Encodable {
        var typeURL: String
        var wildcard: Bool
        var names: Int
        var resources: Int
        var sentVersion: String
        var sentNonce: String
        var sentAt: Date?
        var ackedVersion: String
        var ackedNonce: String
        var ackedAt: Date?
        var inFlight: Bool
        var status: String
        var rejection: Rejection?

        enum CodingKeys: String, CodingKey {
            case typeURL = "type_url"
            case wildcard
            case names
            case resources
            case sentVersion = "sent_version"
            case sentNonce = "sent_nonce"
            case sentAt = "sent_at"
            case ackedVersion = "acked_version"
            case ackedNonce = "acked_nonce"
            case ackedAt = "acked_at"
            case inFlight = "in_flight"
            case status
            case rejection
        }

        init(_ type: DiscoveryStatus.TypeStatus) {
            let subscription = type.subscription
            typeURL = subscription.type.typeURL
            wildcard = subscription.isWildcard
            names = subscription.nameCount
            resources = subscription.resourceCount
            sentVersion = subscription.sentVersion
            sentNonce = subscription.sentNonce
            sentAt = type.times.sent
            ackedVersion = subscription.ackedVersion
            ackedNonce = subscription.ackedNonce
            ackedAt = type.times.acknowledged
            inFlight = subscription.isInFlight
            rejection = subscription.rejection.map {
                Rejection(
                    nonce: $0.nonce,
                    version: $0.version,
                    code: $0.code,
                    reason: $0.reason,
                    at: type.times.rejected
                )
            }
            status = Self.word(subscription)
        }

        /// The words of `istioctl proxy-status`.
        static func word(_ subscription: SubscriptionStatus) -> String {
            if subscription.rejection != nil { return "REJECTED" }
            if subscription.sentNonce.isEmpty { return "NOT SENT" }
            return subscription.sentNonce == subscription.ackedNonce ? "SYNCED" : "STALE"
        }
    }

    private struct Key: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init(_ text: String) { stringValue = text }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    var status: DiscoveryStatus

    private static let istioNames: [(ResourceType, String)] = [
        (.cds, "cluster"), (.lds, "listener"), (.rds, "route"), (.eds, "endpoint"), (.ecds, "extensionconfig"),
    ]

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(status.proxyID, forKey: Key("proxy"))
        try container.encode(status.nodeID.prefix { $0 != "~" }.description, forKey: Key("proxy_type"))
        try container.encode(status.cluster, forKey: Key("cluster_id"))
        try container.encode(status.userAgent, forKey: Key("proxy_version"))
        try container.encode(status.connectionID, forKey: Key("connection_id"))
        try container.encode(status.nodeID, forKey: Key("node_id"))
        try container.encode(status.peer, forKey: Key("peer"))
        try container.encode(status.variant.rawValue, forKey: Key("protocol"))
        try container.encode(status.connectedAt, forKey: Key("connected_at"))
        try container.encode(status.snapshotVersion, forKey: Key("snapshot_version"))
        for (type, name) in Self.istioNames {
            guard let subscription = status.status(of: type)?.subscription else { continue }
            try container.encode(subscription.sentNonce, forKey: Key("\(name)_sent"))
            try container.encode(subscription.ackedNonce, forKey: Key("\(name)_acked"))
        }
        var types: [String: TypeSync] = [:]
        for type in status.types { types[type.subscription.type.shortName] = TypeSync(type) }
        try container.encode(types, forKey: Key("types"))
    }
}
