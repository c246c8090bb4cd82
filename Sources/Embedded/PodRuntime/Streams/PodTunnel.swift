import KubernetesAPI
import NIOCore

/// A connection to a port of a pod's loopback.
enum PodTunnel {
    static func open(_ sockets: NamespaceSockets, namespace: Int32, port: UInt16) async throws -> PodConnection {
        let channel = try await sockets.open(namespace: namespace, address: "127.0.0.1", port: port, timeout: 10)
        let (received, continuation) = AsyncThrowingStream.makeStream(of: [UInt8].self)
        let (sending, letters) = AsyncStream.makeStream(of: Letter.self)
        let whole = Task {
            do {
                try await channel.executeThenClose { inbound, outbound in
                    async let written: Void = write(sending, outbound)
                    for try await part in inbound { continuation.yield(Array(part.readableBytesView)) }
                    continuation.finish()
                    await written
                }
            } catch {
                continuation.finish(throwing: error)
            }
            letters.finish()
        }
        continuation.onTermination = { reason in
            if case .cancelled = reason { whole.cancel() }
        }
        return PodConnection(
            received: received,
            send: { bytes in
                try await withCheckedThrowingContinuation { done in
                    let result = letters.yield(Letter(bytes: bytes, done: done))
                    if case .terminated = result { done.resume(throwing: ChannelError.ioOnClosedChannel) }
                }
            },
            finish: { letters.finish() },
            close: {
                letters.finish()
                whole.cancel()
                channel.channel.close(promise: nil)
            }
        )
    }

    private struct Letter: Sendable {
        var bytes: [UInt8]
        var done: CheckedContinuation<Void, any Error>
    }

    private static func write(
        _ letters: AsyncStream<Letter>,
        _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    ) async {
        for await letter in letters {
            do {
                try await outbound.write(ByteBuffer(bytes: letter.bytes))
                letter.done.resume()
            } catch {
                letter.done.resume(throwing: error)
            }
        }
        outbound.finish()
    }
}
