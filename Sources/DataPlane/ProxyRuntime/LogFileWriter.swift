internal import NIOCore
internal import NIOPosix
internal import ProxySnapshot
internal import Synchronization

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// Writes access logs on a thread of its own, so that a slow disk or pipe never stops an event loop.
///
/// At most 16 MiB wait; what comes beyond that is dropped and counted.
final class LogFileWriter: Sendable {
    private static let mostWaiting = 16 << 20
    private let thread = NIOThreadPool(numberOfThreads: 1)
    private let waiting = Atomic<Int>(0)
    private let droppedBytes = Atomic<Int>(0)
    private let files = Mutex<[String: Int32]>([:])

    init() { thread.start() }

    /// Bytes lost because the destination was too slow.
    var dropped: Int { droppedBytes.load(ordering: .relaxed) }

    func write(_ destination: AccessLogDestination, _ bytes: ByteBuffer) {
        let count = bytes.readableBytes
        guard waiting.wrappingAdd(count, ordering: .relaxed).newValue <= Self.mostWaiting else {
            waiting.wrappingSubtract(count, ordering: .relaxed)
            droppedBytes.wrappingAdd(count, ordering: .relaxed)
            return
        }
        thread.submit { [self] _ in
            defer { waiting.wrappingSubtract(count, ordering: .relaxed) }
            guard let file = descriptor(destination) else {
                droppedBytes.wrappingAdd(count, ordering: .relaxed)
                return
            }
            bytes.withUnsafeReadableBytes { writeAll($0, to: file) }
        }
    }

    /// Waits until everything handed over is written.
    func finish() async {
        try? await thread.runIfActive {}
        try? await thread.shutdownGracefully()
    }

    private func writeAll(_ bytes: UnsafeRawBufferPointer, to file: Int32) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let part = UnsafeRawBufferPointer(rebasing: rest)
            let written = Glibc.write(file, part.baseAddress, part.count)
            if written > 0 {
                rest = rest.dropFirst(written)
            } else if errno != EINTR {
                droppedBytes.wrappingAdd(rest.count, ordering: .relaxed)
                return
            }
        }
    }

    private func descriptor(_ destination: AccessLogDestination) -> Int32? {
        switch destination {
        case .standardOutput: return STDOUT_FILENO
        case .standardError: return STDERR_FILENO
        case .file("/dev/stdout"): return STDOUT_FILENO
        case .file("/dev/stderr"): return STDERR_FILENO
        case .file(let path):
            return files.withLock { files in
                if let known = files[path] { return known }
                let opened = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
                guard opened >= 0 else { return nil }
                files[path] = opened
                return opened
            }
        }
    }
}
