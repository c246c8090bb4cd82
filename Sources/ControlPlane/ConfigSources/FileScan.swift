internal import Foundation

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// The configuration files below a path at one moment.
struct FileScan: Sendable {
    /// What tells two contents of a file apart without reading it.
    struct Signature: Sendable, Hashable {
        var device: UInt64
        var inode: UInt64
        var size: Int64
        var seconds: Int64
        var nanoseconds: Int64
    }

    /// Signatures of regular files by path.
    private(set) var files: [String: Signature] = [:]
    /// Directories whose changes matter.
    private(set) var directories: [String] = []
    /// Why the path itself could not be read; nil when it could.
    private(set) var failure: String?
    /// What below the path could not be looked into, and why: it says nothing about the files below it.
    private(set) var unreadable: [String: String] = [:]

    /// Names that are read.
    private static let endings = [".yaml", ".yml", ".json"]
    /// Deepest directory that is looked into, against mistakes such as watching `/`.
    private static let maximumDepth = 32

    /// Looks at a directory, recursively and through symbolic links, or at a single file.
    init(path: String) {
        guard let found = Self.status(path) else {
            failure = String(cString: strerror(errno))
            return
        }
        if found.st_mode & S_IFMT == S_IFDIR {
            var visited: Set<[UInt64]> = []
            walk(path, status: found, depth: 0, visited: &visited)
        } else {
            // Editors and Kubernetes replace files, which only their directory tells.
            directories = [(path as NSString).deletingLastPathComponent].map { $0.isEmpty ? "." : $0 }
            add(path, found)
        }
    }

    /// Whether `file` lies below something that could not be looked into, so that its absence says nothing.
    func isHidden(_ file: String) -> Bool {
        unreadable.keys.contains { file == $0 || file.hasPrefix($0.hasSuffix("/") ? $0 : "\($0)/") }
    }

    /// Contents of a file that was found; a file over `limit` bytes is not read.
    ///
    /// `mayBePipe` admits pipes, which block until their writer is done and give their contents once.
    static func read(_ path: String, limit: Int, mayBePipe: Bool = false) -> FileContent {
        let tooLarge = "the file has more than \(limit) bytes, the most that is read"
        guard let found = status(path) else { return .unreadable(String(cString: strerror(errno))) }
        let type = found.st_mode & S_IFMT
        guard type == S_IFREG || mayBePipe && (type == S_IFIFO || type == S_IFCHR) else {
            return .unreadable("is not a regular file")
        }
        guard Int64(found.st_size) <= Int64(limit) else { return .unreadable(tooLarge) }
        do {
            let handle = try FileHandle(forReadingFrom: URL(filePath: path))
            defer { try? handle.close() }
            let data = try handle.read(upToCount: limit + 1) ?? Data()
            return data.count > limit ? .unreadable(tooLarge) : .bytes(Array(data))
        } catch {
            return .unreadable("cannot be read: \(error.localizedDescription)")
        }
    }

    private mutating func walk(_ path: String, status: stat, depth: Int, visited: inout Set<[UInt64]>) {
        let identity = [UInt64(status.st_dev), UInt64(status.st_ino)]
        guard depth <= Self.maximumDepth, visited.insert(identity).inserted else { return }
        directories.append(path)
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: path).sorted()
        } catch {
            unreadable[path] = "the folder cannot be read: \(error.localizedDescription)"
            return
        }
        for name in names {
            // Dot names are editors' and Kubernetes' own (`..data`); `#name#` and `name~` are backups.
            guard let first = name.first, first != ".", first != "#", !name.hasSuffix("~") else { continue }
            let child = path.hasSuffix("/") ? path + name : "\(path)/\(name)"
            guard let found = Self.status(child) else {
                // A name that leads nowhere is no file; one that cannot be followed may be.
                if errno != ENOENT { unreadable[child] = "cannot be read: \(String(cString: strerror(errno)))" }
                continue
            }
            if found.st_mode & S_IFMT == S_IFDIR {
                walk(child, status: found, depth: depth + 1, visited: &visited)
            } else if Self.endings.contains(where: name.lowercased().hasSuffix) {
                add(child, found)
            }
        }
    }

    private mutating func add(_ path: String, _ found: stat) {
        #if canImport(Glibc)
        let time = found.st_mtim
        #else
        let time = found.st_mtimespec
        #endif
        files[path] = Signature(
            device: UInt64(found.st_dev),
            inode: UInt64(found.st_ino),
            size: Int64(found.st_size),
            seconds: Int64(time.tv_sec),
            nanoseconds: Int64(time.tv_nsec)
        )
    }

    private static func status(_ path: String) -> stat? {
        var result = stat()
        return stat(path, &result) == 0 ? result : nil
    }
}
