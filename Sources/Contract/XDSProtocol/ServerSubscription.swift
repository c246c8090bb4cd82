/// The server's end of one subscription: one type on one stream. Pure: requests in, answers out.
///
/// At most one response is in flight; what becomes due meanwhile is merged and sent after its ACK or NACK. The
/// subscription holds no resources, only names and versions; the caller generates when ``isReady``.
package protocol ServerSubscription: Sendable {
    /// `DiscoveryRequest` or `DeltaDiscoveryRequest`.
    associatedtype Request: Sendable
    /// `DiscoveryResponse` or `DeltaDiscoveryResponse`.
    associatedtype Response: Sendable

    /// A subscription before its first request.
    init(type: ResourceType)

    /// The type URL of a request.
    static func type(of request: Request) -> ResourceType

    /// Takes a request in and says what it meant.
    mutating func receive(_ request: Request) -> RequestOutcome

    /// What the client asks for.
    var names: SubscribedNames { get }
    /// What is owed.
    var due: DueAnswer { get }
    /// Whether a response waits for its ACK or NACK.
    var isInFlight: Bool { get }
    /// Where it stands.
    var status: SubscriptionStatus { get }

    /// Notes that resources of this type may have changed for this client.
    mutating func markChanged()
    /// Notes that these names must be sent even if unchanged; names not subscribed are left out.
    mutating func force(_ names: Set<String>)
    /// Notes that every name must be sent even if unchanged.
    mutating func forceEverything()

    /// Builds the next response from the resources that exist now (of the subscribed names), or nil when the client
    /// has it all; clears what was due. With `holdingRemovals`, removals stay due.
    mutating func answer(
        with resources: [VersionedResource],
        nonce: String,
        holdingRemovals: Bool
    ) -> Answer<Response>?
}

extension ServerSubscription {
    /// Whether something is owed and may be sent now.
    package var isReady: Bool { !due.isEmpty && !isInFlight }
}

/// A response with what the server has to know about it.
package struct Answer<Response: Sendable>: Sendable {
    /// The message to write.
    package var response: Response
    /// Names in it that the client did not hold.
    package var added: [String]
    /// Names in it that the client held in another version.
    package var updated: [String]
    /// Names taken away.
    package var removed: [String]

    /// Describes a response.
    package init(response: Response, added: [String], updated: [String], removed: [String]) {
        self.response = response
        self.added = added
        self.updated = updated
        self.removed = removed
    }
}
