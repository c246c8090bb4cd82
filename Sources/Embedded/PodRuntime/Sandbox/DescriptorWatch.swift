import CSandbox
import Glibc
import Synchronization

/// One thread that waits for many descriptors (epoll) and tells their owners; it lives as long as the process.
final class DescriptorWatch: Sendable {
    enum Interest: Sendable { case readable, writable }

    /// Runs on the watch's thread; must not block.
    typealias Handler = @Sendable () -> Void

    private struct Entry {
        var handler: Handler
        var generation: UInt32
    }

    private let poll: Int32
    private let entries = Mutex(Entries())

    private struct Entries {
        var byDescriptor: [Int32: Entry] = [:]
        var generation: UInt32 = 0
    }

    init() throws(SystemError) {
        poll = sandbox_watch_open()
        guard poll >= 0 else { throw SystemError.last("epoll_create1") }
        var thread = pthread_t()
        let context = Unmanaged.passRetained(self).toOpaque()
        let result = pthread_create(
            &thread,
            nil,
            { context in
                guard let context else { return nil }
                Unmanaged<DescriptorWatch>.fromOpaque(context).takeUnretainedValue().run()
                return nil
            },
            context
        )
        guard result == 0 else { throw SystemError(result, "pthread_create") }
        pthread_detach(thread)
    }

    /// Calls the handler whenever the descriptor is ready (level-triggered) or hung up, until removed.
    func add(_ descriptor: Int32, _ interest: Interest, _ handler: @escaping Handler) {
        entries.withLock { entries in
            entries.generation &+= 1
            entries.byDescriptor[descriptor] = Entry(handler: handler, generation: entries.generation)
            let key = UInt64(entries.generation) << 32 | UInt64(UInt32(bitPattern: descriptor))
            _ = sandbox_watch_add(poll, descriptor, interest == .writable ? 1 : 0, key)
        }
    }

    /// Call it before closing the descriptor. The handler may still be running on the watch's thread.
    func remove(_ descriptor: Int32) {
        entries.withLock { entries in
            guard entries.byDescriptor.removeValue(forKey: descriptor) != nil else { return }
            sandbox_watch_remove(poll, descriptor)
        }
    }

    private func run() {
        var keys = [UInt64](repeating: 0, count: 64)
        while true {
            let count = sandbox_watch_wait(poll, &keys, Int32(keys.count))
            guard count > 0 else { continue }
            for key in keys.prefix(Int(count)) {
                let descriptor = Int32(bitPattern: UInt32(truncatingIfNeeded: key))
                let generation = UInt32(truncatingIfNeeded: key >> 32)
                let handler = entries.withLock { entries -> Handler? in
                    guard let entry = entries.byDescriptor[descriptor], entry.generation == generation else {
                        return nil
                    }
                    return entry.handler
                }
                handler?()
            }
        }
    }
}
