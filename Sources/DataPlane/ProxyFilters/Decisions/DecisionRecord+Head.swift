package import HTTPWire
internal import NIOCore
internal import ProxyRouting
package import ProxySnapshot

extension DecisionRecord {
    /// The head as it came; nil if only a part of it was kept, or if it is no sound HTTP.
    package var receivedHead: RequestHead? {
        guard !facts.isHeadCut else { return nil }
        var limits = HTTPLimits()
        // What was let in once is let in again.
        limits.maxHeadBytes = 1 << 20
        limits.maxHeaders = 10_000
        limits.acceptHTTP10 = true
        var parser = RequestParser(limits: limits)
        var result = RequestHead()
        var buffer = ByteBuffer(bytes: head)
        guard case .head = parser.next(&buffer, into: &result) else { return nil }
        return result
    }

    /// The head as routes saw it: after the connection manager had prepared it and made its path normal.
    package func routedHead(by manager: HTTPConnectionManager) -> RequestHead? {
        guard var result = receivedHead else { return nil }
        let nobody = SocketAddressValue(address: IPAddress(v4: 0), port: 0)
        let facts = DownstreamFacts(
            remote: SocketAddressValue(text: caller) ?? nobody,
            local: SocketAddressValue(text: destination) ?? nobody
        )
        ConnectionManagerHeaders.prepare(&result, manager: manager, facts: facts, random: (0, 0))
        // Not one made anew.
        if !requestID.isEmpty { result.headers.set(.xRequestID, requestID) }
        switch PathNormalization.apply(to: &result, manager: manager) {
        case .unchanged, .changed: return result
        case .rejected, .redirect: return nil
        }
    }
}
