import Glibc

/// Finds the process that listens on a TCP port, as far as `/proc` lets this user see it.
enum PortHolder {
    /// `NAME (pid N)`.
    static func name(of port: UInt16) -> String? {
        let inodes = Set(["/proc/net/tcp", "/proc/net/tcp6"].flatMap { listeners(in: text($0) ?? "", port: port) })
        guard !inodes.isEmpty else { return nil }
        for process in entries("/proc") where process.allSatisfy(\.isNumber) {
            for descriptor in entries("/proc/\(process)/fd") {
                guard let target = link("/proc/\(process)/fd/\(descriptor)"), inodes.contains(target) else { continue }
                let name = text("/proc/\(process)/comm")?.split(separator: "\n").first.map(String.init) ?? "a process"
                return "\(name) (pid \(process))"
            }
        }
        return nil
    }

    /// The `socket:[INODE]` of each listening line of `/proc/net/tcp` with this port.
    static func listeners(in table: String, port: UInt16) -> [String] {
        table.split(separator: "\n").dropFirst().compactMap { line in
            let fields = line.split(separator: " ", omittingEmptySubsequences: true)
            // State 0A is LISTEN.
            guard fields.count > 9, fields[3] == "0A", let digits = fields[1].split(separator: ":").last,
                UInt16(digits, radix: 16) == port
            else { return nil }
            return "socket:[\(fields[9])]"
        }
    }

    private static func entries(_ path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names
    }

    private static func link(_ path: String) -> String? {
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = bytes.withUnsafeMutableBytes { bytes in
            bytes.withMemoryRebound(to: CChar.self) { $0.baseAddress.map { readlink(path, $0, 256) } ?? -1 }
        }
        return count > 0 ? String(decoding: bytes.prefix(count), as: UTF8.self) : nil
    }

    private static func text(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while bytes.count < 4 << 20 {
            let count = read(descriptor, &chunk, chunk.count)
            guard count > 0 else { break }
            bytes += chunk.prefix(count)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
