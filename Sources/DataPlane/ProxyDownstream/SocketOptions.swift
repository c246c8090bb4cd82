#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// Socket option numbers NIO has no name for.
enum SocketOptions {
    static var reusePort: CInt { SO_REUSEPORT }
}
