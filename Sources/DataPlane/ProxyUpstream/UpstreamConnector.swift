package import NIOCore
internal import ProxySnapshot
package import SocketTransport

#if canImport(Glibc)
internal import Glibc
#endif

/// How sockets to endpoints are opened, and what their failures mean.
package enum UpstreamConnector {
    /// Opens sockets with the cluster's options.
    package static func connector(_ settings: UpstreamSettings) -> SocketConnector {
        var options: [SocketSetting] = [.reuseAddress, .noDelay]
        if let keepalive = settings.keepalive {
            options.append(.keepAlive)
            #if canImport(Glibc)
            let numbers = [
                (TCP_KEEPCNT, keepalive.probes), (TCP_KEEPIDLE, keepalive.time), (TCP_KEEPINTVL, keepalive.interval),
            ]
            for case (let name, let value?) in numbers {
                options.append(SocketSetting(level: CInt(IPPROTO_TCP), name: name, value: CInt(clamping: value)))
            }
            #endif
        }
        return SocketConnector(
            options: options,
            source: settings.bindAddress.flatMap { SocketAddress($0) },
            timeout: .milliseconds(max(1, settings.connectTimeoutMilliseconds))
        )
    }

    /// The marks between which a connection of the cluster counts as full.
    package static func waterMark(_ settings: UpstreamSettings) -> ChannelOptions.Types.WriteBufferWaterMark {
        .init(low: settings.bufferLimit / 2, high: settings.bufferLimit)
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
