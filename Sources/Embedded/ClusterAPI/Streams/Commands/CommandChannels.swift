import KubernetesAPI
import NIOCore

/// `exec` and `attach` over the numbered channels of a WebSocket.
struct CommandChannels: Sendable {
    let command: RemoteCommand
    let subprotocol: CommandSubprotocol
    let transport: StreamTransport

    func run() async {
        await transport.run {
            do {
                for try await message in transport.received { await receive(message) }
            } catch {
                return
            }
        } working: {
            do {
                // Tells the client that the conversation has begun, before the command says anything.
                let options = command.options
                try await send(options.stdout ? .stdout : options.stderr ? .stderr : .error, [])
                let status = await command.run { output in
                    switch output {
                    case .standardOutput(let bytes): try await send(.stdout, bytes)
                    case .standardError(let bytes): try await send(.stderr, bytes)
                    }
                }
                if let words = subprotocol.closingWords(status) { try await send(.error, words) }
            } catch {
                return
            }
        }
    }

    private func send(_ channel: CommandChannel, _ bytes: [UInt8]) async throws {
        let message = ChannelMessage(channel: channel.rawValue, bytes: bytes)
        try await transport.send(message.encoded(subprotocol.encoding))
    }

    private func receive(_ message: ByteBuffer) async {
        guard let message = ChannelMessage(message, subprotocol.encoding) else { return }
        switch CommandChannel(rawValue: message.channel) {
        case .stdin:
            guard command.options.stdin, !message.bytes.isEmpty else { return }
            _ = await command.input.send(.bytes(message.bytes))
        case .resize:
            guard let size = TerminalSize(json: message.bytes) else { return }
            _ = await command.input.send(.resize(columns: size.columns, rows: size.rows))
        case .close:
            guard subprotocol == .v5, message.bytes == [CommandChannel.stdin.rawValue] else { return }
            _ = await command.input.send(.end)
        case .stdout, .stderr, .error, nil: return
        }
    }
}
