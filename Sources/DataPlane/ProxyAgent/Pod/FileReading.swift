#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// Looks at the file system.
enum FileReading {
    /// Whether there is something that this process can read.
    static func exists(_ path: String) -> Bool { access(path, R_OK) == 0 }
}
