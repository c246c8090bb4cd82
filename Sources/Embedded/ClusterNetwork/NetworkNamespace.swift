import CNetworkNamespace
import Glibc
import Synchronization

/// A network namespace without a name, kept by a descriptor; it ends with its last descriptor, process and interface.
///
/// Works as root and as the mapped root of a user namespace. `/proc` must be that of the caller's PID namespace.
package final class NetworkNamespace: Sendable {
    /// For `setns`; open, and closed on exec, as long as this object lives.
    package let descriptor: Int32
    private let isOwned: Bool

    private init(owning descriptor: Int32) {
        self.descriptor = descriptor
        isOwned = true
    }

    /// A namespace that somebody else keeps open.
    package init(borrowing descriptor: Int32) {
        self.descriptor = descriptor
        isOwned = false
    }

    deinit { if isOwned { close(descriptor) } }

    /// A new namespace whose loopback is up and whose interfaces take no IPv6 address by themselves.
    package static func create() async throws -> NetworkNamespace {
        let descriptor = try await onThread {
            guard martlet_unshare_network() == 0 else { throw SystemCallError("make a network namespace") }
            let descriptor = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { throw SystemCallError("open /proc/thread-self/ns/net") }
            do {
                // A kernel without IPv6 has no such file.
                try? KernelSetting.write("1", to: "net/ipv6/conf/default/addr_gen_mode")
                var route = try RouteSocket()
                try route.setUp(interface: 1)
            } catch {
                close(descriptor)
                throw error
            }
            return descriptor
        }
        return NetworkNamespace(owning: descriptor)
    }

    /// Runs `body` on a thread of its own inside the namespace.
    ///
    /// Sockets it makes and processes it spawns belong to the namespace. It may block, but must neither start threads
    /// nor wake tasks: a thread born in the namespace stays there.
    package func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        let descriptor = descriptor
        return try await Self.onThread {
            guard martlet_enter_network(descriptor) == 0 else { throw SystemCallError("enter a network namespace") }
            return try body()
        }
    }

    /// Two threads: the inner one may change its namespace, the outer one stays at home and wakes the caller, since
    /// waking may start threads of the concurrency pool and a thread inherits the namespace of its parent.
    private static func onThread<Value: Sendable>(
        _ body: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            do {
                _ = try startThread(isDetached: true) {
                    do {
                        let outcome = ThreadOutcome<Value>()
                        let thread = try startThread(isDetached: false) {
                            let result = Result { try body() }
                            outcome.value.withLock { $0 = result }
                        }
                        pthread_join(thread, nil)
                        guard let result = outcome.value.withLock({ $0 }) else {
                            throw SystemCallError("run a thread", code: ESRCH)
                        }
                        continuation.resume(with: result)
                    } catch {
                        continuation.resume(throwing: error)
                    }
                }
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }

    private static func startThread(
        isDetached: Bool,
        _ body: @escaping @Sendable () -> Void
    ) throws -> pthread_t {
        let entry = Unmanaged.passRetained(ThreadEntry(body: body))
        var thread = pthread_t()
        let code = pthread_create(
            &thread,
            nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<ThreadEntry>.fromOpaque(argument).takeRetainedValue().body()
                return nil
            },
            entry.toOpaque()
        )
        guard code == 0 else {
            entry.release()
            throw SystemCallError("start a thread", code: code)
        }
        if isDetached { pthread_detach(thread) }
        return thread
    }
}

private final class ThreadEntry: Sendable {
    let body: @Sendable () -> Void
    init(body: @escaping @Sendable () -> Void) { self.body = body }
}

private final class ThreadOutcome<Value: Sendable>: Sendable {
    let value = Mutex<Result<Value, any Error>?>(nil)
}

/// The files below `/proc/sys`, which for `net` are those of the calling thread's namespace.
enum KernelSetting {
    static func write(_ value: String, to path: String) throws(SystemCallError) {
        let descriptor = open("/proc/sys/\(path)", O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemCallError("open /proc/sys/\(path)") }
        defer { close(descriptor) }
        let bytes = Array(value.utf8)
        guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else {
            throw SystemCallError("write /proc/sys/\(path)")
        }
    }
}
