import KubernetesAPI
import Logging
import NIOCore
import NIOHTTP1

/// `Upgrade: SPDY/3.1` on exec, attach and portforward: kubectl before 1.31, and newer ones that were told so.
struct SPDYRoute: UpgradeRoute {
    let streams: any PodStreams
    let logger: Logger

    let protocolName = "spdy/3.1"

    /// Names the protocol inside the streams, in requests and answers.
    static let versionHeader = "X-Stream-Protocol-Version"

    private enum Conversation: Sendable {
        case command(RemoteCommand, CommandStreams.Version)
        case portForward(PortForward)

        var version: String {
            switch self {
            case .command(_, let version): version.rawValue
            case .portForward: PortForwardStreams.version
            }
        }
    }

    func accept(_ request: UpgradeRequest, initial: HTTPHeaders) throws(StatusError) -> HTTPHeaders {
        var headers = initial
        headers.replaceOrAdd(name: Self.versionHeader, value: try conversation(request).version)
        return headers
    }

    private func conversation(_ request: UpgradeRequest) throws(StatusError) -> Conversation {
        let offered = request.head.headers[canonicalForm: Self.versionHeader].map(String.init)
        if request.subresource == "portforward" {
            guard offered.isEmpty || offered.contains(PortForwardStreams.version) else {
                throw Self.refusal(offered, [PortForwardStreams.version])
            }
            return .portForward(PortForward(streams: streams, pod: request.pod))
        }
        let version = offered.isEmpty ? .v1 : offered.lazy.compactMap(CommandStreams.Version.init).first
        guard let version else { throw Self.refusal(offered, CommandStreams.Version.allCases.map(\.rawValue)) }
        let command = RemoteCommand(streams: streams, pod: request.pod, options: try ExecOptions(request))
        return .command(command, version)
    }

    private static func refusal(_ offered: [String], _ accepted: [String]) -> StatusError {
        let (offered, accepted) = (offered.joined(separator: " "), accepted.joined(separator: " "))
        return StatusError(
            .badRequest,
            "unable to upgrade: unable to negotiate protocol: client supports [\(offered)], server accepts [\(accepted)]"
        )
    }

    func upgrade(_ channel: any Channel, _ request: UpgradeRequest) -> EventLoopFuture<@Sendable () async -> Void> {
        channel.eventLoop.makeCompletedFuture {
            let conversation = try conversation(request)
            let async = try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
            return { [self] in await serve(async, conversation, request) }
        }
    }

    private func serve(
        _ channel: NIOAsyncChannel<ByteBuffer, ByteBuffer>,
        _ conversation: Conversation,
        _ request: UpgradeRequest
    ) async {
        do {
            try await channel.executeThenClose { inbound, outbound in
                let transport = StreamTransport(
                    received: inbound,
                    send: { try await outbound.write($0) },
                    end: {}
                )
                switch conversation {
                case .command(let command, let version):
                    await CommandStreams(command: command, version: version, transport: transport).run()
                case .portForward(let forward):
                    await PortForwardStreams(forward: forward, transport: transport).run()
                }
            }
        } catch {
            logger.debug("\(request.subresource) of \(request.pod) over SPDY ended: \(error)")
        }
    }
}
