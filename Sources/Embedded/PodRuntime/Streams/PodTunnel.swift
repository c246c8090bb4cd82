import KubernetesAPI
import NIOCore

/// A connection to a port of a pod's loopback; a side that does not read holds the other one back.
enum PodTunnel {
    static func open(_ sockets: NamespaceSockets, namespace: Int32, port: UInt16) async throws -> PodConnection {
        let channel = try await sockets.open(namespace: namespace, address: "127.0.0.1", port: port, timeout: 10)
        let fromPod = Handoff()
        let toPod = Handoff()
        let whole = Task {
            do {
                try await channel.executeThenClose { inbound, outbound in
                    async let written: Void = write(toPod, outbound)
                    for try await part in inbound { try await fromPod.give(Array(part.readableBytesView)) }
                    await fromPod.end()
                    await written
                }
            } catch {
                await fromPod.end(error)
            }
            await toPod.end(ChannelError.ioOnClosedChannel)
        }
        let close: @Sendable () -> Void = {
            whole.cancel()
            channel.channel.close(promise: nil)
            Task {
                await fromPod.end(CancellationError())
                await toPod.end(ChannelError.ioOnClosedChannel)
            }
        }
        return PodConnection(
            received: AsyncThrowingStream {
                try await withTaskCancellationHandler {
                    try await fromPod.take()
                } onCancel: {
                    close()
                }
            },
            send: { try await toPod.give($0) },
            finish: { await toPod.end() },
            close: close
        )
    }

    private static func write(_ bytes: Handoff, _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>) async {
        do {
            while let next = try await bytes.take() { try await outbound.write(ByteBuffer(bytes: next)) }
            outbound.finish()
        } catch {
            await bytes.end(error)
        }
    }
}
