package import NIOCore
package import NIOPosix
internal import ProxySnapshot

#if canImport(Glibc)
internal import Glibc
#endif

/// How sockets to endpoints are opened, and what their failures mean.
package enum UpstreamConnector {
    /// A client socket with the cluster's options on `eventLoop`.
    package static func bootstrap(_ settings: UpstreamSettings, eventLoop: any EventLoop) -> ClientBootstrap {
        var bootstrap = ClientBootstrap(group: eventLoop)
            .channelOption(.socketOption(.init(rawValue: SO_REUSEADDR)), value: 1)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(
                .writeBufferWaterMark,
                value: .init(low: settings.bufferLimit / 2, high: settings.bufferLimit)
            )
            .connectTimeout(.milliseconds(max(1, settings.connectTimeoutMilliseconds)))
        if let keepalive = settings.keepalive {
            bootstrap = bootstrap.channelOption(.socketOption(.so_keepalive), value: 1)
            #if canImport(Glibc)
            let options = [
                (TCP_KEEPCNT, keepalive.probes), (TCP_KEEPIDLE, keepalive.time), (TCP_KEEPINTVL, keepalive.interval),
            ]
            for case (let option, let value?) in options {
                bootstrap = bootstrap.channelOption(
                    .tcpOption(.init(rawValue: option)),
                    value: .init(clamping: value)
                )
            }
            #endif
        }
        guard let source = settings.bindAddress.flatMap({ SocketAddress($0) }) else { return bootstrap }
        return bootstrap.bind(to: source)
    }

    /// Names a connect error as Envoy does.
    package static func reset(for error: any Error) -> UpstreamReset {
        if case ChannelError.connectTimeout = error { return .connectionTimeout }
        guard let failure = error as? IOError else { return .localConnectionFailure(errno: 0) }
        switch failure.errnoCode {
        case EMFILE, ENFILE, ENOBUFS, EADDRNOTAVAIL, EADDRINUSE, EAFNOSUPPORT:
            return .localConnectionFailure(errno: failure.errnoCode)
        default:
            return .remoteConnectionFailure(errno: failure.errnoCode)
        }
    }
}
