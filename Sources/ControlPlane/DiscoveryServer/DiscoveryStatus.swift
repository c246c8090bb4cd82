package import Foundation
package import MeshIdentity
package import XDSProtocol

/// One connected client as the debug interface shows it.
package struct DiscoveryStatus: Sendable {
    /// Unique over the life of the process: the node id and a running number, as Istio forms it.
    package var connectionID: String
    /// The node id of the client, empty before its first request.
    package var nodeID: String
    /// The node's cluster.
    package var cluster: String
    /// The client's own name and version (`user_agent_name`, `user_agent_version`).
    package var userAgent: String
    /// The address the client connects from.
    package var peer: String
    /// Who the client has proved to be; nil on the port without TLS.
    package var caller: SPIFFEIdentity?
    /// Which protocol variant the stream speaks.
    package var variant: ProtocolVariant
    /// When the stream was opened.
    package var connectedAt: Date
    /// Version of the snapshot the client is served from.
    package var snapshotVersion: UInt64
    /// Every type the client has asked for, in push order.
    package var types: [TypeStatus]

    /// The two ways to speak ADS.
    package enum ProtocolVariant: String, Sendable {
        case stateOfTheWorld = "state-of-the-world"
        case delta
    }

    /// One type of one client.
    package struct TypeStatus: Sendable {
        /// Where the subscription stands.
        package var subscription: SubscriptionStatus
        /// When what happened last.
        package var times: Times
    }

    /// When a response was last sent, acknowledged, refused.
    package struct Times: Sendable {
        package var sent: Date?
        package var acknowledged: Date?
        package var rejected: Date?
    }

    /// The client's `POD.NAMESPACE`, the third part of the node id.
    package var proxyID: String {
        let parts = nodeID.split(separator: "~", omittingEmptySubsequences: false)
        return parts.count == 4 ? String(parts[2]) : nodeID
    }

    /// The standing of one type, nil when the client never asked for it.
    package func status(of type: ResourceType) -> TypeStatus? {
        types.first { $0.subscription.type == type }
    }
}
