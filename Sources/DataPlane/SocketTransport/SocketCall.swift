internal import NIOCore

#if canImport(Glibc)
internal import Glibc
#endif

/// System calls with their errors typed.
enum SocketCall {
    /// The result of a call that answers -1 for an error; called again when a signal interrupts it.
    @inline(__always)
    static func check(_ name: StaticString, _ body: () -> CInt) throws(IOError) -> CInt {
        while true {
            let result = body()
            if result >= 0 { return result }
            if errno != EINTR { throw IOError(errnoCode: errno, reason: "\(name)") }
        }
    }

    /// Sets a socket option of one number.
    static func set(_ descriptor: CInt, _ option: SocketSetting) throws(IOError) {
        var value = option.value
        let size = socklen_t(MemoryLayout<CInt>.size)
        _ = try check("setsockopt") { setsockopt(descriptor, option.level, option.name, &value, size) }
    }

    /// Reads a socket option, a C structure or number; nil if there is none.
    static func option<Value>(_ descriptor: CInt, level: CInt, name: CInt, as: Value.Type) -> Value? {
        withUnsafeTemporaryAllocation(of: Value.self, capacity: 1) { value in
            let bytes = UnsafeMutableRawBufferPointer(value)
            bytes.initializeMemory(as: UInt8.self, repeating: 0)
            var size = socklen_t(bytes.count)
            guard getsockopt(descriptor, level, name, bytes.baseAddress, &size) == 0 else { return nil }
            return bytes.loadUnaligned(as: Value.self)
        }
    }
}

/// A socket option and its value, one number, by the kernel's own numbers (setsockopt(2)).
package struct SocketSetting: Sendable, Equatable {
    package var level: CInt
    package var name: CInt
    package var value: CInt

    package init(level: CInt, name: CInt, value: CInt) {
        self.level = level
        self.name = name
        self.value = value
    }

    package static let reuseAddress = SocketSetting(level: SOL_SOCKET, name: SO_REUSEADDR, value: 1)
    package static let reusePort = SocketSetting(level: SOL_SOCKET, name: SO_REUSEPORT, value: 1)
    package static let noDelay = SocketSetting(level: CInt(IPPROTO_TCP), name: CInt(TCP_NODELAY), value: 1)
    package static let keepAlive = SocketSetting(level: SOL_SOCKET, name: SO_KEEPALIVE, value: 1)
    /// `IP_TRANSPARENT` and `IPV6_TRANSPARENT`.
    package static func transparent(isIPv6: Bool) -> SocketSetting {
        isIPv6
            ? SocketSetting(level: CInt(IPPROTO_IPV6), name: 75, value: 1)
            : SocketSetting(level: CInt(IPPROTO_IP), name: 19, value: 1)
    }
}
