#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// Waits until something in a set of directories changes: inotify where there is one, time elsewhere.
///
/// Used by one thread; `wake` alone may be called from others.
struct DirectoryWatch: ~Copyable {
    /// Why a wait ended.
    enum Outcome {
        /// Something changed.
        case changed
        /// Nothing is known to have changed in the time given.
        case timedOut
        /// Somebody called `wake`.
        case woken
    }

    /// The end of a pipe that ends a wait; safe to use from any thread.
    final class Waker: Sendable {
        private let descriptor: Int32

        fileprivate init(_ descriptor: Int32) {
            self.descriptor = descriptor
        }

        deinit {
            if descriptor >= 0 { close(descriptor) }
        }

        /// Ends the wait that is under way, or the next one.
        func wake() {
            var byte: UInt8 = 1
            _ = write(descriptor, &byte, 1)
        }
    }

    private let events: Int32
    private let wakeUp: Int32
    /// Ends waits.
    let waker: Waker

    init() {
        var ends: [Int32] = [-1, -1]
        _ = pipe(&ends)
        wakeUp = ends[0]
        waker = Waker(ends[1])
        #if canImport(Glibc)
        events = inotify_init1(Int32(IN_NONBLOCK) | Int32(IN_CLOEXEC))
        #else
        events = -1
        #endif
        for descriptor in ends { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
    }

    deinit {
        for descriptor in [events, wakeUp] where descriptor >= 0 { close(descriptor) }
    }

    /// Whether the kernel tells of changes; otherwise waits end by time alone.
    var isNotified: Bool { events >= 0 }

    /// Adds directories; ones that are watched already stay so.
    func watch(_ directories: [String]) {
        #if canImport(Glibc)
        guard events >= 0 else { return }
        let mask =
            UInt32(IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB)
            | UInt32(IN_DELETE_SELF | IN_MOVE_SELF)
        for directory in directories { _ = inotify_add_watch(events, directory, mask) }
        #endif
    }

    /// Waits for a change.
    func wait(milliseconds: Int32) -> Outcome {
        var descriptors = [
            pollfd(fd: wakeUp, events: Int16(POLLIN), revents: 0),
            pollfd(fd: events, events: Int16(POLLIN), revents: 0),
        ]
        let ready = poll(&descriptors, nfds_t(descriptors.count), milliseconds)
        guard ready > 0 else { return .timedOut }
        if descriptors[0].revents != 0 { return .woken }
        drain()
        return .changed
    }

    /// Waits until nothing changes for `quiet` milliseconds, at most ten times that; false when woken.
    func settle(quiet: Int32) -> Bool {
        for _ in 0..<10 {
            switch wait(milliseconds: quiet) {
            case .changed: continue
            case .timedOut: return true
            case .woken: return false
            }
        }
        return true
    }

    private func drain() {
        var buffer = [UInt8](repeating: 0, count: 4096)
        while read(events, &buffer, buffer.count) > 0 {}
    }
}
