import Glibc

/// Programs of this machine, found as a shell finds them.
enum HostPrograms {
    static let standardPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    /// True when a container with this `PATH` could run it. A path with a slash is looked up as it is.
    static func exists(_ program: String, path: String) -> Bool {
        if program.contains("/") { return isExecutable(program) }
        return path.split(separator: ":").contains { isExecutable("\($0)/\(program)") }
    }

    private static func isExecutable(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && status.st_mode & 0o111 != 0
    }
}
