import KubernetesAPI

/// `portforward` over SPDY: for every connection a stream of data and one of errors, told apart by their headers
/// `streamtype`, `port` and `requestid`.
struct PortForwardStreams: Sendable {
    /// As `X-Stream-Protocol-Version` names it.
    static let version = "portforward.k8s.io"

    let forward: PortForward
    let transport: StreamTransport

    private struct Pair: Sendable {
        var port: UInt16
        var data: SPDYStream
        var errors: SPDYStream
    }

    func run() async {
        let session = SPDYSession(transport: transport)
        let (pairs, continuation) = AsyncStream.makeStream(of: Pair.self)
        await transport.run {
            var unpaired: [String: SPDYStream] = [:]
            await session.serve { stream in
                guard let port = stream.headers["port"].flatMap(PortForward.port),
                    let type = stream.headers["streamtype"], type == "data" || type == "error"
                else { return false }
                // Clients before Kubernetes 1.1 name no request: their data follows its errors at once.
                let request =
                    stream.headers["requestid"] ?? "stream \(type == "error" ? stream.id : stream.id &- 2)"
                guard let other = unpaired.removeValue(forKey: request) else {
                    guard unpaired.count < SPDYConnection.streamLimit else { return false }
                    unpaired[request] = stream
                    return true
                }
                guard other.headers["streamtype"] != type else {
                    unpaired[request] = other
                    return false
                }
                let (data, errors) = type == "data" ? (stream, other) : (other, stream)
                continuation.yield(Pair(port: port, data: data, errors: errors))
                return true
            }
            continuation.finish()
        } working: {
            await withDiscardingTaskGroup { group in
                for await pair in pairs { group.addTask { await serve(pair) } }
            }
            await session.goAway()
        }
    }

    private func serve(_ pair: Pair) async {
        let failure = await forward.run(port: pair.port, received: pair.data.received) {
            pair.data.isGone
        } send: { bytes in
            try await pair.data.send(bytes)
        }
        if let failure { try? await pair.errors.send(Array(failure.utf8)) }
        await pair.data.finish()
        await pair.errors.finish()
        pair.data.received.abandon()
        pair.errors.received.abandon()
    }
}
