internal import CEpoll
internal import NIOCore

#if canImport(Glibc)
internal import Glibc
#endif

extension SocketAddress {
    /// The address that the kernel wrote; nil for families without one here.
    init?(_ storage: sockaddr_storage) {
        switch CInt(storage.ss_family) {
        case AF_INET: self.init(Self.read(storage, as: sockaddr_in.self))
        case AF_INET6: self.init(Self.read(storage, as: sockaddr_in6.self))
        case AF_UNIX: self.init(Self.read(storage, as: sockaddr_un.self))
        default: return nil
        }
    }

    /// This side's address of a socket.
    init?(local descriptor: CInt) {
        var storage = sockaddr_storage()
        guard cepoll_local(descriptor, &storage) == 0 else { return nil }
        self.init(storage)
    }

    /// The number of the address family.
    var family: CInt {
        switch self {
        case .v4: AF_INET
        case .v6: AF_INET6
        case .unixDomainSocket: AF_UNIX
        }
    }

    private static func read<Address>(_ storage: sockaddr_storage, as type: Address.Type) -> Address {
        withUnsafeBytes(of: storage) { $0.loadUnaligned(as: Address.self) }
    }
}
