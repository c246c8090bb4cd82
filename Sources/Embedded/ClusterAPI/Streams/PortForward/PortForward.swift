import KubernetesAPI

/// Connections into one pod, whichever protocol they come over.
struct PortForward: Sendable {
    let streams: any PodStreams
    let pod: ObjectName

    /// One connection from its opening until the pod closes it or the client gives it up; returns what went wrong.
    ///
    /// - Parameters:
    ///   - received: What the client sends; its end is the client's half-close.
    ///   - isGone: Whether, after that end, the client takes nothing more either.
    ///   - send: To the client; waits for room, throws when it takes no more.
    func run(
        port: UInt16,
        received: BoundedPipe<[UInt8]>,
        isGone: @escaping @Sendable () -> Bool,
        send: @escaping @Sendable ([UInt8]) async throws -> Void
    ) async -> String? {
        let connection: PodConnection
        do {
            connection = try await streams.connect(to: pod, port: port)
        } catch {
            return "error forwarding port \(port) to pod \(pod.name), uid : \(error.message)"
        }
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                while let bytes = await received.next() {
                    do {
                        try await connection.send(bytes)
                    } catch {
                        // The pod reads no more; what it still says is brought to its end.
                        received.abandon()
                        return
                    }
                }
                if isGone() { connection.close() } else { await connection.finish() }
            }
            do {
                for try await bytes in connection.received { try await send(bytes) }
            } catch {
                // The pod broke the connection off or the client is gone: both ends see the end of the connection.
            }
            connection.close()
            group.cancelAll()
        }
        return nil
    }

    /// The query's `ports` (several, or one list with commas), of `PodPortForwardOptions`.
    static func ports(_ query: QueryParameters) throws(StatusError) -> [UInt16] {
        let words = (query.all("ports") + query.all("port")).flatMap { $0.split(separator: ",") }
        guard !words.isEmpty else { throw StatusError(.badRequest, "query parameter \"port\" is required") }
        var ports: [UInt16] = []
        for word in words {
            guard let port = Self.port(String(word)) else {
                throw StatusError(.badRequest, "unable to parse \"\(word)\" as a port")
            }
            ports.append(port)
        }
        // Two channels for each, numbered by one byte.
        guard ports.count <= 127 else { throw StatusError(.badRequest, "at most 127 ports can be forwarded at once") }
        return ports
    }

    static func port(_ text: String) -> UInt16? { UInt16(text).flatMap { $0 == 0 ? nil : $0 } }
}

/// The generations of port-forward over WebSocket.
enum PortForwardSubprotocol: String, Sendable, CaseIterable {
    /// A whole SPDY connection in the messages (kubectl since 1.31).
    case tunnel = "SPDY/3.1+portforward.k8s.io"
    /// Two numbered channels for each port.
    case v4 = "v4.channel.k8s.io"
    case v4Base64 = "v4.base64.channel.k8s.io"
    case unnamed = ""

    var encoding: ChannelMessage.Encoding { self == .v4Base64 ? .base64 : .binary }
}
