import Glibc

/// What this machine has.
struct NodeCapacity: Sendable, Hashable {
    var processors: Int
    /// Bytes.
    var memory: Int64

    static func read() -> NodeCapacity {
        let processors = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        let pages = Int64(sysconf(Int32(_SC_PHYS_PAGES)))
        let size = Int64(sysconf(Int32(_SC_PAGESIZE)))
        return NodeCapacity(processors: processors, memory: pages.multipliedReportingOverflow(by: size).partialValue)
    }
}
