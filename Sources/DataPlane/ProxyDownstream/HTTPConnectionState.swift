/// Where one downstream HTTP/1 connection stands: requests are served one after the other, pipelined ones wait.
///
/// Decides; the handler does. A response may begin and end before its request has been read to the end.
struct HTTPConnectionState: Equatable {
    enum RequestPhase: Equatable {
        /// Between requests.
        case none
        /// The head was read, the body is on its way.
        case receiving
        case complete
    }

    enum ResponsePhase: Equatable {
        case none
        /// Somebody has to answer.
        case pending
        /// The head was written.
        case sending
    }

    /// What follows a complete response.
    enum Aftermath: Equatable {
        case nextRequest
        case close
        /// The peer may still be sending: say goodbye, then swallow what comes until it closes.
        case lingerAndClose
    }

    private(set) var request: RequestPhase = .none
    private(set) var response: ResponsePhase = .none
    /// Set once nothing more is served: what is read from then on is dropped.
    private(set) var isClosing = false
    private(set) var requestsServed = 0
    private var closesAfterResponse = false

    /// Whether the next bytes may be parsed: not while a complete request waits for its answer.
    var acceptsInput: Bool { request != .complete && !isClosing }

    var isServing: Bool { request != .none || response != .none }

    /// A head was read; `.end` of a request without body is of no further interest.
    mutating func receivedHead(hasBody: Bool) {
        request = hasBody ? .receiving : .complete
        response = .pending
        requestsServed &+= 1
    }

    /// The end of a body; false if nobody is waiting for it.
    mutating func receivedEnd() -> Bool {
        guard request == .receiving else { return false }
        request = .complete
        return true
    }

    /// A response head is about to be written; `closes` if it says so or its end is the connection's end.
    mutating func startResponse(closes: Bool) {
        response = .sending
        if closes { closesAfterResponse = true }
    }

    mutating func endResponse() -> Aftermath {
        let requestWasComplete = request == .complete
        request = .none
        response = .none
        guard requestWasComplete else {
            isClosing = true
            return .lingerAndClose
        }
        guard !closesAfterResponse else {
            isClosing = true
            return .close
        }
        return .nextRequest
    }

    /// The bytes read are no HTTP: an answer is due, and then the end.
    mutating func failedToParse() {
        response = .pending
        closesAfterResponse = true
    }

    /// The connection is given up without further answers.
    mutating func abandon() {
        request = .none
        response = .none
        isClosing = true
    }
}
