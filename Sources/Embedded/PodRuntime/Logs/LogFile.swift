import Glibc
import KubernetesAPI
import Synchronization

/// One run of a container as a file of lines `TIME stream F|P text`, the format container runtimes keep.
///
/// Written by the log pump's thread. The container never waits for the disk: what cannot be written is dropped.
final class LogFile: Sendable {
    enum Stream: String, Sendable { case standardOutput = "stdout", standardError = "stderr" }

    let path: String
    private let limit: Int
    private let state: Mutex<State>

    private struct State {
        var descriptor: Int32 = -1
        var size = 0
        var isClosed = false
        /// A line's beginning that waits for its end, by stream.
        var rest: [Stream: [UInt8]] = [:]
        var dropped = 0
        var listeners: [Int: AsyncStream<Void>.Continuation] = [:]
        var nextListener = 0
        /// How often the file was rotated: a reader that follows starts over when it changed.
        var rotations = 0
    }

    /// Lines longer than this are kept in parts.
    private static let lineLimit = 16 * 1024

    init(path: String, limit: Int) {
        self.path = path
        self.limit = limit
        var state = State()
        state.descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o640)
        self.state = Mutex(state)
    }

    deinit {
        let descriptor = state.withLock { $0.descriptor }
        if descriptor >= 0 { close(descriptor) }
    }

    /// Bytes as the container wrote them.
    func append(_ bytes: ArraySlice<UInt8>, _ stream: Stream) {
        state.withLock { state in
            var out: [UInt8] = []
            let time = Timestamp.now().nanosecondText
            var line = state.rest.removeValue(forKey: stream) ?? []
            var remaining = bytes
            while let end = remaining.firstIndex(of: 0x0A) {
                line += remaining[..<end]
                Self.write(line[...], time, stream, isWhole: true, to: &out)
                line.removeAll(keepingCapacity: true)
                remaining = remaining[(end + 1)...]
            }
            line += remaining
            while line.count >= Self.lineLimit {
                Self.write(line.prefix(Self.lineLimit), time, stream, isWhole: false, to: &out)
                line.removeFirst(Self.lineLimit)
            }
            if !line.isEmpty { state.rest[stream] = line }
            put(out, &state)
        }
    }

    /// The container ended: unfinished lines are written, followers come to their end.
    func finish() {
        let listeners = state.withLock { state in
            var out: [UInt8] = []
            for (stream, line) in state.rest {
                Self.write(line[...], Timestamp.now().nanosecondText, stream, isWhole: false, to: &out)
            }
            state.rest = [:]
            put(out, &state)
            state.isClosed = true
            if state.descriptor >= 0 { close(state.descriptor) }
            state.descriptor = -1
            let listeners = Array(state.listeners.values)
            state.listeners = [:]
            return listeners
        }
        for listener in listeners { listener.finish() }
    }

    /// An element for each change, several changes as one; ends with the container.
    func changes() -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let key = state.withLock { state -> Int? in
            if state.isClosed { return nil }
            state.nextListener += 1
            state.listeners[state.nextListener] = continuation
            return state.nextListener
        }
        guard let key else {
            continuation.finish()
            return stream
        }
        continuation.onTermination = { [weak self] _ in
            self?.state.withLock { _ = $0.listeners.removeValue(forKey: key) }
        }
        return stream
    }

    /// Returns when the container closed both streams, or after `limit` when another process holds them.
    func drained(within limit: Duration) async {
        let changes = changes()
        let draining = Task { for await _ in changes {} }
        let clock = Task {
            try? await Task.sleep(for: limit)
            draining.cancel()
        }
        await draining.value
        clock.cancel()
    }

    var rotations: Int { state.withLock { $0.rotations } }

    /// Where the older half is after a rotation.
    var olderPath: String { path + ".1" }

    private func put(_ bytes: [UInt8], _ state: inout State) {
        guard !bytes.isEmpty else { return }
        if state.size + bytes.count > limit, state.size > 0, state.descriptor >= 0 {
            rename(path, olderPath)
            close(state.descriptor)
            state.descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o640)
            state.size = 0
            state.rotations += 1
        }
        let written = bytes.withUnsafeBytes { Glibc.write(state.descriptor, $0.baseAddress, $0.count) }
        if written == bytes.count { state.size += written } else { state.dropped += bytes.count - max(0, written) }
        for listener in state.listeners.values { listener.yield() }
    }

    private static func write(
        _ line: ArraySlice<UInt8>,
        _ time: String,
        _ stream: Stream,
        isWhole: Bool,
        to out: inout [UInt8]
    ) {
        out += time.utf8
        out.append(0x20)
        out += stream.rawValue.utf8
        out += isWhole ? " F ".utf8 : " P ".utf8
        out += line
        out.append(0x0A)
    }
}
