import Crypto
import KubernetesAPI
import NIOHTTP1

/// The server's half of opening a WebSocket (RFC 6455 section 4.2).
enum WebSocketHandshake {
    private static let suffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

    /// The headers of the answer; `choose` picks one of the subprotocols that the client offers, in its order.
    static func accept(
        _ head: HTTPRequestHead,
        initial: HTTPHeaders,
        choose: ([String]) -> String?
    ) throws(StatusError) -> HTTPHeaders {
        guard head.method == .GET else { throw StatusError(.badRequest, "a websocket is opened with GET") }
        guard head.headers.first(name: "Sec-WebSocket-Version") == "13" else {
            throw StatusError(.badRequest, "websocket version 13 is spoken here")
        }
        guard let key = head.headers.first(name: "Sec-WebSocket-Key"), Base64.decode(key)?.count == 16 else {
            throw StatusError(.badRequest, "Sec-WebSocket-Key must be 16 bytes in base64")
        }
        let offered = offeredProtocols(head)
        guard let chosen = choose(offered) else {
            throw StatusError(
                .badRequest,
                "unable to negotiate protocol: client supports [\(offered.joined(separator: " "))]"
            )
        }
        var headers = initial
        headers.replaceOrAdd(name: "Sec-WebSocket-Accept", value: acceptance(of: key))
        if !chosen.isEmpty { headers.replaceOrAdd(name: "Sec-WebSocket-Protocol", value: chosen) }
        return headers
    }

    static func offeredProtocols(_ head: HTTPRequestHead) -> [String] {
        head.headers[canonicalForm: "Sec-WebSocket-Protocol"].map(String.init)
    }

    /// `Sec-WebSocket-Accept` for a `Sec-WebSocket-Key`.
    static func acceptance(of key: String) -> String {
        Base64.encode(Insecure.SHA1.hash(data: Array((key + suffix).utf8)))
    }
}
