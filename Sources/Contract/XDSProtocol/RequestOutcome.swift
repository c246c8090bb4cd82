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
