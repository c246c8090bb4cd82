import KubernetesAPI
import NIOCore

/// `portforward` over the numbered channels of a WebSocket: port number i of the query has channel 2i for data and
/// 2i + 1 for errors, and each begins with its port in two bytes, the low one first.
struct PortForwardChannels: Sendable {
    let forward: PortForward
    let ports: [UInt16]
    let encoding: ChannelMessage.Encoding
    let transport: StreamTransport

    func run() async {
        let pipes = ports.map { _ in BoundedPipe<[UInt8]>(bytes: 256 << 10) }
        await transport.run {
            do {
                for try await message in transport.received {
                    guard let message = ChannelMessage(message, encoding), message.channel % 2 == 0 else { continue }
                    let index = Int(message.channel / 2)
                    guard pipes.indices.contains(index), !message.bytes.isEmpty else { continue }
                    _ = await pipes[index].send(message.bytes)
                }
            } catch {
                return
            }
        } working: {
            await withDiscardingTaskGroup { group in
                for (index, port) in ports.enumerated() {
                    let channel = UInt8(truncatingIfNeeded: 2 * index)
                    group.addTask {
                        await serve(port, channel, pipes[index])
                        pipes[index].abandon()
                    }
                }
            }
        }
    }

    private func serve(_ port: UInt16, _ channel: UInt8, _ received: BoundedPipe<[UInt8]>) async {
        let number = [UInt8(truncatingIfNeeded: port), UInt8(truncatingIfNeeded: port >> 8)]
        do {
            try await send(channel, number)
            try await send(channel | 1, number)
            let failure = await forward.run(port: port, received: received) {
                true
            } send: { bytes in
                try await send(channel, bytes)
            }
            if let failure { try await send(channel | 1, Array(failure.utf8)) }
        } catch {
            return
        }
    }

    private func send(_ channel: UInt8, _ bytes: [UInt8]) async throws {
        try await transport.send(ChannelMessage(channel: channel, bytes: bytes).encoded(encoding))
    }
}
