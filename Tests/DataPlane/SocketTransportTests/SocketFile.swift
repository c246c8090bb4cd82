import NIOCore

#if canImport(Glibc)
import Glibc
#endif

/// The file that a Unix socket leaves behind.
enum SocketFile {
    static func remove(_ path: String) throws {
        guard unlink(path) == 0 else { throw IOError(errnoCode: errno, reason: "unlink") }
    }
}
