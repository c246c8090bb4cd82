/// What one proxy decided about one request: an element of the answer of `/explain`.
///
/// Times are RFC 3339 in UTC; durations are milliseconds. What is not known is left out.
package struct RequestDecision: Codable, Sendable, Hashable {
    /// `x-request-id` as it was sent on.
    package var requestID = ""
    /// The one the caller had sent, if this proxy made another: a gateway believes no id from outside.
    package var receivedRequestID: String?
    /// When the head arrived.
    package var time = ""
    package var request = Request()
    package var listener = Listener()
    package var route = Route()
    /// The cluster drawn; nil where the proxy answered by itself.
    package var cluster: Cluster?
    /// In order; the last one's response was passed on, if there was one.
    package var attempts: [Attempt] = []
    package var retries = Retries()
    package var fault: Fault?
    /// Clusters that got a copy.
    package var mirrors: [String] = []
    package var timeout: Timeout?
    package var answer = Answer()
    package var durations = Durations()
    /// What this account leaves out, and why.
    package var notes: [String] = []

    package init() {}
}

extension RequestDecision {
    /// What was asked, and by whom.
    package struct Request: Codable, Sendable, Hashable {
        package var method = ""
        package var path = ""
        package var authority = ""
        /// `HTTP/1.1`.
        package var `protocol` = ""
        /// `ip:port` of the peer.
        package var caller = ""
        /// `ip:port` the peer connected to, before capture.
        package var destination = ""
        /// Body bytes.
        package var bytes: UInt64 = 0

        package init() {}
    }

    /// Where the connection came in.
    package struct Listener: Codable, Sendable, Hashable {
        package var name = ""
        package var filterChain = ""

        package init() {}
    }

    /// Which rule matched, and why the ones before it did not.
    package struct Route: Codable, Sendable, Hashable {
        package var table: String?
        package var virtualHost: String?
        package var name: String?
        /// The position in the virtual host.
        package var position: Int?
        /// `VirtualService default/reviews`, and that object's path.
        package var object: String?
        package var config: String?
        /// `http[0]`, below the object's spec.
        package var rule: String?
        /// `forward`, `redirect`, `direct response`.
        package var action: String?
        package var passedOver: [PassedOver] = []

        package init() {}
    }

    /// A route before the one that matched.
    package struct PassedOver: Codable, Sendable, Hashable {
        package var position: Int
        package var name: String
        package var object: String?
        package var config: String?
        package var rule: String?
        package var reason: String

        package init(position: Int, name: String, reason: String) {
            self.position = position
            self.name = name
            self.reason = reason
        }
    }

    /// Where the request went.
    package struct Cluster: Codable, Sendable, Hashable {
        package var name = ""
        package var subset: String?
        /// The DestinationRule behind it, its path, and which part of it: `subsets[0]`.
        package var object: String?
        package var config: String?
        package var rule: String?
        /// The split it was drawn from; empty without one.
        package var split: [Share] = []
        /// The number drawn, from 0 up to the sum of weights.
        package var drawn: UInt64?
        /// `LEAST_REQUEST`.
        package var balancing: String?
        /// What the endpoint was chosen by, if by a hash; decimal, since JSON's numbers are too small.
        package var hash: String?
        /// Endpoints that were ejected, and draws thrown away because the endpoint had been tried.
        package var ejectedEndpoints: Int?
        package var skippedEndpoints: Int?

        package init() {}
    }

    /// One entry of a weighted split.
    package struct Share: Codable, Sendable, Hashable {
        package var cluster: String
        package var weight: UInt32
        package var isChosen: Bool

        package init(cluster: String, weight: UInt32, isChosen: Bool) {
            self.cluster = cluster
            self.weight = weight
            self.isChosen = isChosen
        }
    }

    /// One try at one endpoint.
    package struct Attempt: Codable, Sendable, Hashable {
        /// `ip:port`.
        package var endpoint: String
        /// Since the head arrived.
        package var startedAfter: Double
        package var milliseconds: Double
        /// Of the response; nil without one.
        package var status: UInt16?
        /// In words.
        package var outcome: String

        package init(endpoint: String, startedAfter: Double, milliseconds: Double, status: UInt16?, outcome: String) {
            self.endpoint = endpoint
            self.startedAfter = startedAfter
            self.milliseconds = milliseconds
            self.status = status
            self.outcome = outcome
        }
    }

    /// What was tried again.
    package struct Retries: Codable, Sendable, Hashable {
        package var done = 0
        /// By the route's policy; nil without one.
        package var allowed: Int?
        /// Why there were no more, in words; nil where none was wanted.
        package var stopped: String?

        package init() {}
    }

    /// What was injected.
    package struct Fault: Codable, Sendable, Hashable {
        package var delay: Double?
        package var abort: UInt16?

        package init(delay: Double?, abort: UInt16?) {
            self.delay = delay
            self.abort = abort
        }
    }

    /// The limit of the request.
    package struct Timeout: Codable, Sendable, Hashable {
        package var milliseconds: Int64
        /// Whether it ended the request.
        package var fired: Bool

        package init(milliseconds: Int64, fired: Bool) {
            self.milliseconds = milliseconds
            self.fired = fired
        }
    }

    /// What the caller got.
    package struct Answer: Codable, Sendable, Hashable {
        /// 0 if none was sent.
        package var status: UInt16 = 0
        package var flags: [Flag] = []
        /// `%RESPONSE_CODE_DETAILS%`.
        package var details: String?
        package var transportFailure: String?
        /// Body bytes.
        package var bytes: UInt64 = 0

        package init() {}
    }

    /// A response flag and what it says here.
    package struct Flag: Codable, Sendable, Hashable {
        /// `UO`.
        package var name: String
        package var words: String

        package init(name: String, words: String) {
            self.name = name
            self.words = words
        }
    }

    /// From the head's arrival on.
    package struct Durations: Codable, Sendable, Hashable {
        /// Until the request was read to its end; nil if it never was.
        package var request: Double?
        /// Until the response head was there; nil without one from upstream.
        package var response: Double?
        /// Until all was over.
        package var total: Double = 0

        package init() {}
    }
}
