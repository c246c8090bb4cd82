import KubernetesAPI
import Logging
import NIOCore
import NIOHTTP1
import NIOWebSocket

/// `Upgrade: websocket` on exec, attach and portforward: kubectl since 1.31, client libraries.
struct WebSocketRoute: UpgradeRoute {
    let streams: any PodStreams
    let logger: Logger

    /// The longest message, in bytes; Kubernetes' own.
    static let messageLimit = 32 << 20

    let protocolName = "websocket"

    /// What one request has agreed on.
    enum Conversation: Sendable {
        case command(RemoteCommand, CommandSubprotocol)
        case portForward(PortForwardSubprotocol, ports: [UInt16])
    }

    func accept(_ request: UpgradeRequest, initial: HTTPHeaders) throws(StatusError) -> HTTPHeaders {
        _ = try conversation(request)
        return try WebSocketHandshake.accept(request.head, initial: initial) { Self.choose($0, request.subresource) }
    }

    private static func choose(_ offered: [String], _ subresource: String) -> String? {
        // Clients that name none get the oldest.
        guard !offered.isEmpty else { return "" }
        return offered.first {
            subresource == "portforward"
                ? PortForwardSubprotocol(rawValue: $0) != nil : CommandSubprotocol(rawValue: $0) != nil
        }
    }

    private func conversation(_ request: UpgradeRequest) throws(StatusError) -> Conversation {
        let offered = WebSocketHandshake.offeredProtocols(request.head)
        let chosen = Self.choose(offered, request.subresource) ?? ""
        if request.subresource == "portforward" {
            let subprotocol = PortForwardSubprotocol(rawValue: chosen) ?? .unnamed
            return .portForward(subprotocol, ports: subprotocol == .tunnel ? [] : try PortForward.ports(request.query))
        }
        let command = RemoteCommand(streams: streams, pod: request.pod, options: try ExecOptions(request))
        return .command(command, CommandSubprotocol(rawValue: chosen) ?? .unnamed)
    }

    func upgrade(_ channel: any Channel, _ request: UpgradeRequest) -> EventLoopFuture<@Sendable () async -> Void> {
        channel.eventLoop.makeCompletedFuture {
            let conversation = try conversation(request)
            let pipeline = channel.pipeline.syncOperations
            try pipeline.addHandler(WebSocketFrameEncoder())
            try pipeline.addHandler(ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: Self.messageLimit)))
            try pipeline.addHandler(
                NIOWebSocketFrameAggregator(
                    minNonFinalFragmentSize: 0,
                    maxAccumulatedFrameCount: 4096,
                    maxAccumulatedFrameSize: Self.messageLimit
                )
            )
            try pipeline.addHandler(WebSocketMessages())
            let async = try NIOAsyncChannel<ByteBuffer, WebSocketFrame>(wrappingChannelSynchronously: channel)
            return { [self] in await serve(async, conversation, request) }
        }
    }

    private func serve(
        _ channel: NIOAsyncChannel<ByteBuffer, WebSocketFrame>,
        _ conversation: Conversation,
        _ request: UpgradeRequest
    ) async {
        do {
            try await channel.executeThenClose { inbound, outbound in
                func transport(_ opcode: WebSocketOpcode) -> StreamTransport {
                    StreamTransport(
                        received: inbound,
                        send: { try await outbound.write(WebSocketFrame(fin: true, opcode: opcode, data: $0)) },
                        end: { try? await outbound.write(.closing(.normalClosure)) }
                    )
                }
                switch conversation {
                case .command(let command, let subprotocol):
                    let opcode: WebSocketOpcode = subprotocol.encoding == .base64 ? .text : .binary
                    await CommandChannels(command: command, subprotocol: subprotocol, transport: transport(opcode))
                        .run()
                case .portForward(.tunnel, _):
                    let forward = PortForward(streams: streams, pod: request.pod)
                    await PortForwardStreams(forward: forward, transport: transport(.binary)).run()
                case .portForward(let subprotocol, let ports):
                    let forward = PortForward(streams: streams, pod: request.pod)
                    let opcode: WebSocketOpcode = subprotocol.encoding == .base64 ? .text : .binary
                    await PortForwardChannels(
                        forward: forward,
                        ports: ports,
                        encoding: subprotocol.encoding,
                        transport: transport(opcode)
                    ).run()
                }
            }
        } catch {
            logger.debug("\(request.subresource) of \(request.pod) over websocket ended: \(error)")
        }
    }
}
