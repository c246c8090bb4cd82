#if os(Linux)
internal import CMalloc
#endif

/// How much memory the C library keeps that it could give back.
enum KeptMemory {
    /// Bytes at the end of a heap that are kept. A handshake takes some 100 KB and gives it back; at the default of
    /// 128 KiB every one of them has the kernel map and clear the same pages again.
    private static let bytes: CInt = 1 << 20

    /// Keeps what handshakes take and give back. For the whole process; any thread.
    static func begin() {
        #if os(Linux)
        _ = mallopt(M_TRIM_THRESHOLD, bytes)
        #endif
    }
}
