package import KubernetesAPI
package import NIOCore
package import NIOHTTP1

/// A request that wants to leave HTTP (`exec`, `attach`, `port-forward`), from a user who may do it.
package struct UpgradeRequest: Sendable {
    package var head: HTTPRequestHead
    package var user: UserInfo
    package var pod: ObjectName
    /// `exec`, `attach` or `portforward`.
    package var subresource: String
    package var query: QueryParameters
}

/// One protocol that a connection can change to, such as `websocket`.
///
/// The API server has authenticated and authorized the request before any of this is called.
package protocol UpgradeRoute: Sendable {
    /// As the `Upgrade` header names it, lower case; each name is served by the first route with it.
    var protocolName: String { get }

    /// The headers of the answer 101, or a refusal, which answers the request and ends the connection.
    ///
    /// `initial` holds `Connection` and `Upgrade`. Called on the channel's event loop.
    func accept(_ request: UpgradeRequest, initial: HTTPHeaders) throws(StatusError) -> HTTPHeaders

    /// Puts handlers into the channel, which no longer speaks HTTP, and returns what works on it until it closes.
    ///
    /// Called on the channel's event loop after the answer was sent.
    func upgrade(_ channel: any Channel, _ request: UpgradeRequest) -> EventLoopFuture<@Sendable () async -> Void>
}
