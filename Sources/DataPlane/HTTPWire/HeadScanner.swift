#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// Finds the blank line that ends a header section, resuming where the last look ended: linear however bytes trickle in.
struct HeadScanner: Sendable {
    enum Result: Equatable {
        case incomplete
        /// Length in bytes including the blank line.
        case complete(Int)
        case failed(HTTPWireError)
    }

    private var scanned = 0

    /// True unless a part of the section was looked at before.
    var isAtStart: Bool { scanned == 0 }

    /// Looks for the end of the section that starts at the first of `bytes`, at most `limit` bytes long.
    mutating func scan(_ bytes: UnsafeRawBufferPointer, limit: Int) -> Result {
        guard let base = bytes.baseAddress else { return .incomplete }
        let count = bytes.count
        while scanned < count {
            guard let found = memchr(base + scanned, 0x0A, count &- scanned) else {
                scanned = count
                break
            }
            let index = UnsafeRawPointer(found) - base
            guard index > 0, bytes[index &- 1] == 0x0D else { return finish(.failed(.bareLineEnd)) }
            scanned = index &+ 1
            // CR before every LF was checked on the way, so LF CR LF is a blank line.
            if index == 1 || bytes[index &- 2] == 0x0A {
                return finish(scanned > limit ? .failed(.headTooLarge) : .complete(scanned))
            }
        }
        return scanned > limit ? finish(.failed(.headTooLarge)) : .incomplete
    }

    private mutating func finish(_ result: Result) -> Result {
        scanned = 0
        return result
    }
}
