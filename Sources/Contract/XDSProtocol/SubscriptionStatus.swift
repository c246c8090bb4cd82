/// Where one subscription stands; the material of `/debug/syncz`.
package struct SubscriptionStatus: Sendable, Equatable {
    /// The type subscribed to.
    package var type: ResourceType
    /// Whether everything of the type is asked for.
    package var isWildcard: Bool
    /// How many names are asked for one by one.
    package var nameCount: Int
    /// How many resources the client holds as far as the server knows.
    package var resourceCount: Int
    /// Nonce of the last response, empty before the first.
    package var sentNonce: String
    /// Version of the last response (the set version in both protocol variants), empty before the first.
    package var sentVersion: String
    /// Nonce of the last response the client acknowledged.
    package var ackedNonce: String
    /// Version of the last response the client acknowledged.
    package var ackedVersion: String
    /// Whether a response waits for its ACK or NACK.
    package var isInFlight: Bool
    /// The last refusal, until a later response is acknowledged.
    package var rejection: ResponseRejection?

    /// A subscription to which nothing was sent yet.
    package init(type: ResourceType) {
        self.type = type
        isWildcard = false
        nameCount = 0
        resourceCount = 0
        sentNonce = ""
        sentVersion = ""
        ackedNonce = ""
        ackedVersion = ""
        isInFlight = false
    }
}

extension SubscriptionStatus {
    /// A response leaves and waits for its ACK or NACK.
    mutating func send(nonce: String, version: String) {
        sentNonce = nonce
        sentVersion = version
        isInFlight = true
    }

    /// The last response was applied.
    mutating func acknowledge() {
        ackedNonce = sentNonce
        ackedVersion = sentVersion
        isInFlight = false
        rejection = nil
    }

    /// The last response was refused, for the reason in `error_detail`.
    mutating func refuse(code: Int32, reason: String) -> ResponseRejection {
        let refused = ResponseRejection(nonce: sentNonce, version: sentVersion, code: code, reason: reason)
        isInFlight = false
        rejection = refused
        return refused
    }
}
