#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// The process's limit of open files.
enum FileLimit {
    /// Raises the soft limit to the hard one: a proxy holds two sockets for each request under way.
    static func raise() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
