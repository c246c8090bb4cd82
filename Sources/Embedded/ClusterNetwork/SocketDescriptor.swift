import Glibc

/// Calls on descriptors for files whose own methods have the same names.
enum SocketDescriptor {
    static func close(_ descriptor: Int32) { _ = Glibc.close(descriptor) }
}

extension ClusterNetwork {
    /// The index of an interface in the calling thread's namespace.
    static func index(of interface: String) throws(SystemCallError) -> UInt32 {
        let index = if_nametoindex(interface)
        guard index > 0 else { throw SystemCallError("find the interface \(interface)") }
        return index
    }
}
