import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import NIOSSL

/// A connection after its first request head: it stays with HTTP or has left it.
struct APIConnection: ServerChildChannelValue {
    enum Kind: Sendable {
        case http(NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>, certificate: [UInt8]?)
        case upgraded(@Sendable () async -> Void)
    }

    var channel: any Channel
    /// Fails when the connection ends before its first request.
    var kind: EventLoopFuture<Kind>
}

/// What every accepted connection becomes: TLS, HTTP/1.1, and the upgrades of the server.
struct APIChannel: ServerChildChannel {
    let server: ClusterAPIServer
    let tls: NIOSSLContext

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<APIConnection> {
        channel.eventLoop.makeCompletedFuture {
            let pipeline = channel.pipeline.syncOperations
            try pipeline.addHandler(NIOSSLServerHandler(context: tls))
            var configuration = NIOUpgradableHTTPServerPipelineConfiguration<APIConnection.Kind>(
                upgradeConfiguration: NIOTypedHTTPServerUpgradeConfiguration(
                    upgraders: server.upgradeRoutes.map { RouteUpgrader(route: $0, server: server) },
                    notUpgradingCompletionHandler: Self.keepHTTP
                )
            )
            // NIO's pipelining handler does not read while an answer is on its way: the end of a client that watches
            // would go unseen.
            configuration.enablePipelining = false
            configuration.enableErrorHandling = false
            configuration.enableResponseHeaderValidation = false
            let kind = try pipeline.configureUpgradableHTTPServerPipeline(configuration: configuration)
            try pipeline.addHandler(UnreadableRequestHandler())
            return APIConnection(channel: channel, kind: kind)
        }
    }

    @Sendable
    private static func keepHTTP(_ channel: any Channel) -> EventLoopFuture<APIConnection.Kind> {
        channel.eventLoop.makeCompletedFuture {
            let pipeline = channel.pipeline.syncOperations
            try pipeline.addHandler(HTTP1ToHTTPServerCodec(secure: true))
            let async = try NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>(wrappingChannelSynchronously: channel)
            return .http(async, certificate: PeerCertificate.der(channel))
        }
    }

    func handle(value: APIConnection, logger: Logger) async {
        guard let kind = try? await value.kind.get() else {
            value.channel.close(promise: nil)
            return
        }
        let work = Task {
            switch kind {
            case .upgraded(let work): await work()
            case .http(let channel, let certificate):
                let responder = HTTPResponder(server: server, certificate: certificate)
                await HTTPConnection(responder: responder.respond).handleHTTP(asyncChannel: channel, logger: logger)
            }
        }
        // A watch has nobody to tell it that its client is gone but this.
        value.channel.closeFuture.whenComplete { _ in work.cancel() }
        await withTaskCancellationHandler {
            await work.value
        } onCancel: {
            work.cancel()
            value.channel.close(promise: nil)
        }
    }
}

/// Hummingbird's loop over the requests of one connection.
private struct HTTPConnection: HTTPChannelHandler {
    typealias Value = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

    let responder: Responder

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture { try Value(wrappingChannelSynchronously: channel) }
    }

    func handle(value: Value, logger: Logger) async { await handleHTTP(asyncChannel: value, logger: logger) }
}
