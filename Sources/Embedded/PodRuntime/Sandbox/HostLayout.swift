import Glibc

/// The host's root directory, as far as containers see it: read once.
struct HostLayout: Sendable, Hashable {
    enum Entry: Sendable, Hashable {
        case directory
        case file
        case link(to: String)
    }

    /// The directories and links of `/`, without `/proc` and its like.
    var topLevel: [String: Entry] = [:]
    /// What is in ``localPrograms``: without root nothing can be put beside it, unless the directory is rebuilt.
    var localProgramEntries: [String: Entry] = [:]
    /// Mount points below `/` of file systems that programs may need; the outermost ones, sorted.
    var mounts: [String] = []

    /// What a container has of its own.
    static let own: Set<String> = ["proc", "sys", "dev", "run", "tmp", "lost+found"]

    /// Where images have programs of their own, as `pilot-agent` of Istio's.
    static let localPrograms = "/usr/local/bin"

    static func read(stateDirectory: String) -> HostLayout {
        var layout = HostLayout()
        for name in DirectoryEntries.of("/") where !own.contains(name) {
            layout.topLevel[name] = entry("/\(name)", file: nil)
        }
        for name in DirectoryEntries.of(localPrograms) {
            layout.localProgramEntries[name] = entry("\(localPrograms)/\(name)", file: .file)
        }
        let table = (try? FileBytes.read("/proc/self/mountinfo", limit: 16 << 20)) ?? []
        layout.mounts = outermost(mountPoints(String(decoding: table, as: UTF8.self)), stateDirectory: stateDirectory)
        return layout
    }

    private static func entry(_ path: String, file: Entry?) -> Entry? {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        switch status.st_mode & S_IFMT {
        case S_IFDIR: return .directory
        case S_IFLNK: return DirectoryEntries.link(path).map { .link(to: $0) }
        case S_IFREG: return file
        default: return nil
        }
    }

    /// The fifth field of each line of mountinfo, with its octal escapes read.
    static func mountPoints(_ table: String) -> [String] {
        table.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ")
            guard fields.count > 4 else { return nil }
            return unescaped(fields[4])
        }
    }

    /// Sorted, without `/`, the container's own directories, and what lies inside another one.
    static func outermost(_ points: [String], stateDirectory: String) -> [String] {
        var kept: [String] = []
        for point in Set(points).sorted() {
            let first = point.split(separator: "/").first.map(String.init) ?? ""
            if first.isEmpty || own.contains(first) || point == stateDirectory || point.hasPrefix(stateDirectory + "/")
            {
                continue
            }
            if kept.contains(where: { point.hasPrefix($0 + "/") }) { continue }
            kept.append(point)
        }
        return kept
    }

    /// True when nothing is mounted inside: then it can be an overlay's lower layer without privilege.
    func hasMounts(in directory: String) -> Bool {
        mounts.contains { $0 == directory || $0.hasPrefix(directory + "/") }
    }

    private static func unescaped(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\\"), rest.count >= 3,
                let value = UInt8(String(decoding: rest.prefix(3), as: UTF8.self), radix: 8)
            {
                bytes.append(value)
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
