internal import CEpoll
package import NIOCore

#if canImport(Glibc)
internal import Glibc
#endif

/// A listening socket on a `SocketLoop`. Confined to the loop.
package final class SocketListener: LoopMember {
    // As many at once, so that those who wait for bytes have their turn.
    private static let mostAccepts = 16
    // How long to wait for a descriptor to become free.
    private static let pause = TimeAmount.milliseconds(100)

    package let localAddress: SocketAddress?
    private let loop: SocketLoop
    let descriptor: CInt
    private let options: [SocketSetting]
    private let accepted: (SocketChannel) throws -> Void
    private var isClosed = false

    /// Listens on `address`; what `accepted` throws ends its connection.
    ///
    /// `accepted` puts the handlers in place, on the loop. `connectionOptions` are set on what is accepted.
    package init(
        _ address: SocketAddress,
        on loop: SocketLoop,
        backlog: CInt = 1024,
        options: [SocketSetting] = [],
        connectionOptions: [SocketSetting] = [],
        accepted: @escaping (SocketChannel) throws -> Void
    ) throws(IOError) {
        self.loop = loop
        self.options = connectionOptions
        self.accepted = accepted
        let descriptor = try SocketCall.check("socket") { cepoll_socket(address.family) }
        self.descriptor = descriptor
        do throws(IOError) {
            for option in options { try SocketCall.set(descriptor, option) }
            _ = try SocketCall.check("bind") { address.withSockAddr { Glibc.bind(descriptor, $0, socklen_t($1)) } }
            _ = try SocketCall.check("listen") { Glibc.listen(descriptor, backlog) }
        } catch {
            Glibc.close(descriptor)
            throw error
        }
        localAddress = SocketAddress(local: descriptor)
        super.init()
        do throws(IOError) {
            try loop.add(self, descriptor, interest: UInt32(CEPOLL_IN))
        } catch {
            isClosed = true
            Glibc.close(descriptor)
            throw error
        }
    }

    /// Accepts no more; what waits to be accepted is refused.
    package func close() {
        guard !isClosed else { return }
        isClosed = true
        loop.remove(self, descriptor)
        Glibc.close(descriptor)
    }

    package override func loopEnds() { close() }

    package override func ready(_ events: UInt32) {
        for _ in 0..<Self.mostAccepts where !isClosed {
            var address = sockaddr_storage()
            let connection = cepoll_accept(descriptor, &address)
            guard connection < 0 else {
                begin(connection, SocketAddress(address))
                continue
            }
            switch errno {
            case EAGAIN: return
            case EMFILE, ENFILE, ENOBUFS, ENOMEM: return rest()
            // The peer is gone already; accept(2) says so by errors of many kinds.
            default: continue
            }
        }
    }

    private func begin(_ connection: CInt, _ remote: SocketAddress?) {
        // Options fail for a peer that is gone, which reading tells as well.
        for option in options { try? SocketCall.set(connection, option) }
        let channel = SocketChannel(loop: loop, descriptor: connection, remoteAddress: remote)
        do {
            try accepted(channel)
            channel.open()
        } catch {
            channel.close0(error: error, mode: .all, promise: nil)
        }
    }

    /// Without a descriptor nothing can be accepted, and what waits would wake the loop without end.
    private func rest() {
        loop.change(self, descriptor, interest: 0)
        loop.assumeIsolated().scheduleTask(in: Self.pause) { [weak self] in
            guard let self, !self.isClosed else { return }
            self.loop.change(self, self.descriptor, interest: UInt32(CEPOLL_IN))
        }
    }
}
