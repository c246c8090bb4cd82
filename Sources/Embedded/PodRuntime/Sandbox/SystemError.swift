import Glibc

/// An errno with the words for it.
struct SystemError: Error, Sendable, Equatable, CustomStringConvertible {
    var number: Int32
    var what = ""

    init(_ number: Int32, _ what: String = "") {
        self.number = number
        self.what = what
    }

    /// The last failure of this thread.
    static func last(_ what: String) -> SystemError { SystemError(errno, what) }

    var description: String {
        var buffer = [CChar](repeating: 0, count: 256)
        let isKnown = strerror_r(number, &buffer, buffer.count) == 0
        let bytes = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        let words = isKnown ? String(decoding: bytes, as: UTF8.self) : "error \(number)"
        return what.isEmpty ? words : "\(what): \(words)"
    }
}
