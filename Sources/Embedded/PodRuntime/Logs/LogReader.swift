import Glibc
import KubernetesAPI

/// Reads log files back as `kubectl logs` wants them.
enum LogReader {
    /// The log so far by the options, then with `follow` what comes until the container ends.
    static func stream(_ path: String, _ live: LogFile?, _ options: LogOptions) -> AsyncThrowingStream<
        [UInt8], any Error
    > {
        let (stream, continuation) = AsyncThrowingStream.makeStream(of: [UInt8].self)
        let task = Task {
            var filter = LogFilter(options, now: Timestamp.now())
            // Before the first read, so that nothing written meanwhile is missed.
            let changes = options.follow ? live?.changes() : nil
            var rotations = live?.rotations ?? 0
            var position = 0
            let older = (try? FileBytes.read(path + ".1", limit: 64 << 20)) ?? []
            let current = (try? FileBytes.read(path, limit: 64 << 20)) ?? []
            position = current.count
            let first = filter.first(older + current)
            if !first.isEmpty { continuation.yield(first) }
            guard let changes, let live, !filter.isFull else {
                continuation.finish()
                return
            }
            for await _ in changes {
                Self.more(path, live, &rotations, &position, &filter, continuation)
                if filter.isFull { break }
            }
            // What was written between the last reading and the end.
            if !Task.isCancelled { Self.more(path, live, &rotations, &position, &filter, continuation) }
            continuation.finish()
        }
        continuation.onTermination = { _ in task.cancel() }
        return stream
    }

    private static func more(
        _ path: String,
        _ live: LogFile,
        _ rotations: inout Int,
        _ position: inout Int,
        _ filter: inout LogFilter,
        _ continuation: AsyncThrowingStream<[UInt8], any Error>.Continuation
    ) {
        var bytes: [UInt8] = []
        let count = live.rotations
        if count != rotations {
            if count == rotations + 1 { bytes += read(live.olderPath, from: position) }
            rotations = count
            position = 0
        }
        let fresh = read(path, from: position)
        position += fresh.count
        bytes += fresh
        let out = filter.next(bytes)
        if !out.isEmpty { continuation.yield(out) }
    }

    private static func read(_ path: String, from position: Int) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            let count = pread(descriptor, &buffer, buffer.count, off_t(position + bytes.count))
            guard count > 0 else { return bytes }
            bytes += buffer.prefix(count)
        }
    }
}

/// Which lines of a log are shown, and how: pure.
struct LogFilter {
    private let options: LogOptions
    private let since: Timestamp?
    private var left: Int?
    /// Part of a line of the file that has not ended.
    private var pending: [UInt8] = []

    init(_ options: LogOptions, now: Timestamp) {
        self.options = options
        left = options.limitBytes
        if let seconds = options.sinceSeconds {
            since = Timestamp(seconds: now.seconds - Int64(clamping: seconds), nanoseconds: now.nanoseconds)
        } else {
            since = options.sinceTime.flatMap { Timestamp($0) }
        }
    }

    /// `limitBytes` is reached.
    var isFull: Bool { left.map { $0 <= 0 } ?? false }

    /// The lines there are at the beginning, `tailLines` of them.
    mutating func first(_ bytes: [UInt8]) -> [UInt8] {
        let lines = lines(bytes)
        guard let tail = options.tailLines else { return cut(lines.flatMap { $0.text }) }
        // A long line is kept in parts; parts that do not end a line belong to the next one.
        var wanted = max(0, tail)
        var start = lines.count
        while start > 0 {
            if lines[start - 1].isWhole || start == lines.count {
                if wanted == 0 { break }
                wanted -= 1
            }
            start -= 1
        }
        return cut(lines[start...].flatMap { $0.text })
    }

    /// Lines that came later.
    mutating func next(_ bytes: [UInt8]) -> [UInt8] { cut(lines(bytes).flatMap { $0.text }) }

    private mutating func cut(_ bytes: [UInt8]) -> [UInt8] {
        guard let left else { return bytes }
        let kept = Array(bytes.prefix(max(0, left)))
        self.left = left - kept.count
        return kept
    }

    private mutating func lines(_ bytes: [UInt8]) -> [(text: [UInt8], isWhole: Bool)] {
        let all = pending + bytes
        guard let end = all.lastIndex(of: 0x0A) else {
            pending = all
            return []
        }
        pending = Array(all[(end + 1)...])
        return all[...end].split(separator: 0x0A, omittingEmptySubsequences: true).compactMap(line)
    }

    private func line(_ bytes: ArraySlice<UInt8>) -> (text: [UInt8], isWhole: Bool)? {
        let fields = bytes.split(separator: 0x20, maxSplits: 3, omittingEmptySubsequences: false)
        guard fields.count == 4 else { return nil }
        if let since {
            guard let time = Timestamp(String(decoding: fields[0], as: UTF8.self)), time >= since else { return nil }
        }
        let isWhole = fields[2].first == UInt8(ascii: "F")
        var text: [UInt8] = []
        if options.timestamps { text += fields[0] + [0x20] }
        text += fields[3]
        if isWhole { text.append(0x0A) }
        return (text, isWhole)
    }
}
