import MeshTesting
import NIOCore
import NIOEmbedded
import NIOSSL
import ProxySnapshot
import ProxyTLS
import ProxyUpstream
import Testing

/// What a handshake took is given back soon, whether or not the peer says goodbye.
@Suite struct BrokenTransportTests {
    private let server = EmbeddedChannel()
    private let client: EmbeddedChannel

    init() throws {
        let authority = try TestAuthority()
        let own = try authority.workload("spiffe://cluster.local/ns/default/sa/server")
        let contexts = TLSContexts()
        contexts.update([
            "default": .certificate(
                CertificateSecret(chain: Array(own.chainPEM.utf8), privateKey: Array(own.keyPEM.utf8))
            )
        ])
        let settings = TLSSettings(core: TLSCore(side: .server, certificate: .secret("default")))
        let context = try contexts.context(for: settings).get()
        try server.pipeline.syncOperations.addHandlers([NIOSSLServerHandler(context: context.library), Closing()])
        client = EmbeddedChannel(loop: server.embeddedEventLoop)
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification = .none
        try client.pipeline.syncOperations.addHandler(
            NIOSSLClientHandler(context: NIOSSLContext(configuration: configuration), serverHostname: nil)
        )
        try EmbeddedWire.connect(server, client)
    }

    @Test func aSocketThatFailedIsClosedAtOnce() {
        server.pipeline.fireErrorCaught(IOError(errnoCode: 104, reason: "reset"))
        #expect(!server.isActive)
        end()
    }

    @Test func thePeersGoodbyeIsWaitedForAQuarterOfASecond() {
        server.pipeline.fireErrorCaught(ChannelError.inputClosed)
        server.embeddedEventLoop.advanceTime(by: .milliseconds(249))
        #expect(server.isActive)
        server.embeddedEventLoop.advanceTime(by: .milliseconds(1))
        #expect(!server.isActive)
        end()
    }

    /// The client waits for goodbyes that nobody carries any more.
    private func end() {
        client.close(promise: nil)
        server.embeddedEventLoop.advanceTime(by: .hours(1))
    }

    private final class Closing: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(after: error) }
    }
}
