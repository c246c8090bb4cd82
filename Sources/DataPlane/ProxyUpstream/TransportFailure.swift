package import NIOCore
internal import NIOSSL

extension ChannelHandlerContext {
    /// Ends a connection after an error.
    ///
    /// Where the socket itself failed, no goodbye of TLS (`close_notify`) is tried: the library would wait for the answer
    /// and hold everything that the handshake took until then, some 28 KB a connection. On the channel's loop.
    package func close(after error: any Error) {
        // From its context on, a close goes past the TLS handler.
        if error is IOError, let secured = try? pipeline.syncOperations.context(handlerType: NIOSSLHandler.self) {
            secured.close(promise: nil)
        } else {
            close(promise: nil)
        }
    }
}
