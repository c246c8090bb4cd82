package import KubernetesAPI
import NIOCore
import NIOHTTP1
import NIOWebSocket

extension KubernetesClient {
    /// GETs a page of a server inside a pod, as if from the pod's own loopback, through `portforward`.
    ///
    /// Speaks `v4.channel.k8s.io` over a WebSocket. Throws what the API server refuses, `.serviceUnavailable` when nobody
    /// listens on the port, `.timeout`, and `.requestEntityTooLarge` for pages of more than `limit` bytes.
    package func page(
        _ target: String,
        of pod: ObjectName,
        port: UInt16,
        timeout: Duration = .seconds(30),
        limit: Int = 64 << 20
    ) async throws(StatusError) -> (status: Int, body: [UInt8]) {
        let path =
            RequestLine.path(.pods, namespace: pod.namespace, name: pod.name, subresource: "portforward")
            + RequestLine.text([("ports", "\(port)")])
        let request = "GET \(target) HTTP/1.1\r\nhost: localhost:\(port)\r\naccept: */*\r\nconnection: close\r\n\r\n"
        do {
            return try await Self.within(timeout, of: "port \(port) of \(pod)") {
                let answer = try await connect(path, protocols: "v4.channel.k8s.io")
                return try await fetch(request, answer, limit: limit, from: "port \(port) of \(pod)")
            }
        } catch let error as StatusError {
            throw error
        } catch {
            throw StatusError(.serviceUnavailable, "port \(port) of \(pod): \(error)")
        }
    }

    private func fetch(
        _ request: String,
        _ answer: Answer,
        limit: Int,
        from place: String
    ) async throws -> (status: Int, body: [UInt8]) {
        switch answer {
        case .accepted(let channel):
            return try await channel.executeThenClose { inbound, outbound in
                try await outbound.write(.masked(.binary, ByteBuffer(bytes: [0] + Array(request.utf8))))
                var output = ForwardedBytes(limit: limit)
                for try await frame in inbound {
                    switch frame.opcode {
                    case .binary, .text: try output.take(frame.unmaskedData.readableBytesView)
                    case .ping: try await outbound.write(.masked(.pong, frame.unmaskedData))
                    case .connectionClose:
                        try? await outbound.write(.masked(.connectionClose, frame.unmaskedData))
                    default: break
                    }
                    if !output.failure.isEmpty { throw StatusError(.serviceUnavailable, "\(place): \(output.failure)") }
                    if let page = try ForwardedPage(output.data, isWhole: false) { return (page.status, page.body) }
                }
                guard let page = try ForwardedPage(output.data, isWhole: true) else {
                    throw StatusError(.serviceUnavailable, "\(place): the connection ended before the answer did")
                }
                return (page.status, page.body)
            }
        case .refused(let channel): throw try await Self.refusal(on: channel)
        }
    }
}
