/// What a discovery request meant to the server.
package struct RequestOutcome: Sendable, Equatable {
    /// What it said about the last response.
    package var verdict: Verdict
    /// Whether it asked for something (new names, a first subscription, the same names again).
    package var asks: Bool

    /// Pairs a verdict with the question whether something was asked for.
    package init(_ verdict: Verdict, asks: Bool) {
        self.verdict = verdict
        self.asks = asks
    }

    /// What a request says about the last response of its type.
    package enum Verdict: Sendable, Equatable {
        /// Nothing: it answers no response.
        case none
        /// ACK: the response was applied.
        case acknowledged
        /// NACK: the response was refused; the client keeps what it had.
        case rejected(ResponseRejection)
        /// The nonce is not that of the last response; it says nothing about it.
        case stale
    }
}

/// Why a client refused a response (`error_detail` of the request).
package struct ResponseRejection: Sendable, Equatable {
    /// The nonce of the refused response.
    package var nonce: String
    /// The version of the refused response (state of the world) or empty (delta).
    package var version: String
    /// The `google.rpc.Code` given.
    package var code: Int32
    /// The reason in the client's words, cut at ``longestReason`` bytes.
    package var reason: String

    /// The length to which reasons are cut, in characters: a client may not fill the server's memory with them.
    package static let longestReason = 4096

    /// Keeps the first part of the reason.
    package init(nonce: String, version: String, code: Int32, reason: String) {
        self.nonce = nonce
        self.version = version
        self.code = code
        self.reason = String(reason.prefix(Self.longestReason))
    }
}

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
