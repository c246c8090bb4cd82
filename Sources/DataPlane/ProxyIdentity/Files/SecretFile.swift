internal import Crypto

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// A file that is read whole, and whether it has become another since.
enum SecretFile {
    /// Nobody has certificates of more bytes.
    static let maximumBytes = 1 << 20

    /// What tells one content of a path from the next; nil when there is nothing to read.
    ///
    /// The content itself, not a time: volumes of Kubernetes are swapped by links, and two writes can share a tick.
    static func stamp(_ path: String) -> SHA256.Digest? { (try? read(path)).map { SHA256.hash(data: $0) } }

    /// The bytes of a file.
    static func read(_ path: String) throws(SecretError) -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw .unreadable(path: path, reason: String(cString: strerror(errno))) }
        defer { close(file) }
        var all: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 16_384)
        while true {
            #if canImport(Glibc)
            let count = Glibc.read(file, &part, part.count)
            #else
            let count = Darwin.read(file, &part, part.count)
            #endif
            guard count >= 0 else { throw .unreadable(path: path, reason: String(cString: strerror(errno))) }
            if count == 0 { return all }
            all += part[..<count]
            guard all.count <= maximumBytes else {
                throw .unreadable(path: path, reason: "it has more than a megabyte")
            }
        }
    }

    /// Writes a file that only the owner can read and write, in one step: readers see the old or the new one.
    static func write(_ bytes: [UInt8], to path: String, isPrivate: Bool) throws(SecretError) {
        let temporary = "\(path).new"
        unlink(temporary)
        let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, isPrivate ? 0o600 : 0o644)
        guard file >= 0 else { throw .unreadable(path: temporary, reason: String(cString: strerror(errno))) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { buffer in
                #if canImport(Glibc)
                Glibc.write(file, buffer.baseAddress, buffer.count)
                #else
                Darwin.write(file, buffer.baseAddress, buffer.count)
                #endif
            }
            guard count > 0 else {
                let reason = String(cString: strerror(errno))
                close(file)
                throw .unreadable(path: temporary, reason: reason)
            }
            rest = rest.dropFirst(count)
        }
        close(file)
        guard rename(temporary, path) == 0 else {
            throw .unreadable(path: path, reason: String(cString: strerror(errno)))
        }
    }
}
