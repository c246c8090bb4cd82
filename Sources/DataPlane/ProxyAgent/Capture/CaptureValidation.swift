package import Logging

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// Proves that capture works: a connection to a port nobody has must arrive at the proxy's inbound port.
///
/// Runs before the proxy, which has the port afterwards, as the proxy's user or as root.
package struct CaptureValidation: Sendable {
    private let options: CaptureOptions
    private let probePort: UInt16
    private let timeout: Duration
    private let logger: Logger

    /// `probePort` is the port that is asked for (15002); `timeout` is for all attempts together.
    package init(options: CaptureOptions, probePort: UInt16, timeout: Duration, logger: Logger) {
        self.options = options
        self.probePort = probePort
        self.timeout = timeout
        self.logger = logger
    }

    /// Blocks for the timeout at most.
    ///
    /// - Throws: `CaptureError.notCaptured` when the connection goes anywhere else.
    package func run() throws(CaptureError) {
        let user = options.proxyUsers.first.flatMap { UInt32($0) } ?? 1337
        let listener = try listen()
        defer { close(listener) }
        guard let address = Self.podAddress() else {
            throw .notCaptured("the pod has no IPv4 address but the loopback's")
        }
        // The owner of a socket is its maker. Nothing else runs in this process meanwhile.
        let before = geteuid()
        if before == 0 { _ = seteuid(user) }
        defer { if before == 0 { _ = seteuid(before) } }
        let clock = ContinuousClock()
        let end = clock.now + timeout
        var reason = ""
        repeat {
            do {
                try probe(listener, address)
                logger.info(
                    "capture works",
                    metadata: ["port": "\(probePort)", "arrived at": "\(options.inboundPort)"]
                )
                return
            } catch {
                reason = error.reason
            }
            usleep(100_000)
        } while clock.now < end
        throw .notCaptured(reason)
    }

    private struct Miss: Error { var reason: String }

    private func listen() throws(CaptureError) -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw .failed(tool: "validation", reason: "socket: errno \(errno)") }
        var one: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
        var address = Self.socketAddress(in_addr(s_addr: 0), options.inboundPort)
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard bound == 0, Glibc.listen(descriptor, 8) == 0 else {
            let reason = "port \(options.inboundPort) is taken (errno \(errno)); is the proxy running already?"
            close(descriptor)
            throw .failed(tool: "validation", reason: reason)
        }
        return descriptor
    }

    private func probe(_ listener: Int32, _ pod: in_addr) throws(Miss) {
        let client = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard client >= 0 else { throw Miss(reason: "socket: errno \(errno)") }
        defer { close(client) }
        var address = Self.socketAddress(pod, probePort)
        _ = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(client, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard Self.wait(listener, POLLIN) else {
            throw Miss(reason: "a connection to port \(probePort) did not arrive at port \(options.inboundPort)")
        }
        let accepted = accept(listener, nil, nil)
        guard accepted >= 0 else { throw Miss(reason: "accept: errno \(errno)") }
        defer { close(accepted) }
        var original = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        // SO_ORIGINAL_DST; with TPROXY the local address is the original one.
        let known =
            getsockopt(accepted, Int32(IPPROTO_IP), 80, &original, &length) == 0
            || withUnsafeMutablePointer(to: &original) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(accepted, $0, &length) }
            } == 0
        let port = UInt16(bigEndian: original.sin_port)
        guard known, port == probePort else {
            throw Miss(reason: "the kernel says port \(port) was meant, not \(probePort)")
        }
    }

    private static func wait(_ descriptor: Int32, _ events: Int32) -> Bool {
        var entry = pollfd(fd: descriptor, events: Int16(events), revents: 0)
        return poll(&entry, 1, 500) == 1
    }

    private static func socketAddress(_ address: in_addr, _ port: UInt16) -> sockaddr_in {
        var value = sockaddr_in()
        value.sin_family = sa_family_t(AF_INET)
        value.sin_port = port.bigEndian
        value.sin_addr = address
        return value
    }

    /// The first IPv4 address of an interface that is up and not the loopback.
    private static func podAddress() -> in_addr? {
        var list: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&list) == 0 else { return nil }
        defer { freeifaddrs(list) }
        var next = list
        while let entry = next?.pointee {
            next = entry.ifa_next
            guard let address = entry.ifa_addr, address.pointee.sa_family == sa_family_t(AF_INET),
                entry.ifa_flags & UInt32(IFF_LOOPBACK) == 0, entry.ifa_flags & UInt32(IFF_UP) != 0
            else { continue }
            return address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { $0.pointee.sin_addr }
        }
        return nil
    }
}
