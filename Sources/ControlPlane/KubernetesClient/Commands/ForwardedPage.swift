import KubernetesAPI

/// Gathers the two channels of one forwarded port: 0 for bytes, 1 for what went wrong; each begins with the port's number
/// in two bytes. Pure.
struct ForwardedBytes: Sendable, Equatable {
    let limit: Int
    private(set) var data: [UInt8] = []
    private var error: [UInt8] = []
    /// Bytes of the port's number that are still to come, by channel.
    private var numbers = [2, 2]

    init(limit: Int) { self.limit = limit }

    /// What the server says went wrong; empty for nothing.
    var failure: String { String(decoding: error, as: UTF8.self) }

    /// Takes one message; throws when there is too much.
    mutating func take(_ message: some Collection<UInt8>) throws(StatusError) {
        guard let channel = message.first, numbers.indices.contains(Int(channel)) else { return }
        let number = min(numbers[Int(channel)], message.count - 1)
        numbers[Int(channel)] -= number
        let bytes = message.dropFirst(1 + number)
        if channel == 0 { data += bytes } else { error += bytes }
        guard data.count + error.count <= limit else {
            throw StatusError(.requestEntityTooLarge, "the answer has more than \(limit) bytes")
        }
    }
}

/// The answer of an HTTP/1.1 server that closes after it (RFC 9112). Pure.
struct ForwardedPage: Sendable, Equatable {
    var status: Int
    var body: [UInt8]

    /// Nil while bytes are missing; `isWhole` tells that no more come. Throws when it is no HTTP.
    init?(_ bytes: [UInt8], isWhole: Bool) throws(StatusError) {
        let mark = Array("\r\n\r\n".utf8)
        guard let end = bytes.firstRange(of: mark) else {
            guard bytes.count <= 64 << 10 else { throw Self.noHTTP }
            return nil
        }
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
        let words = (lines.first ?? "").split(separator: " ")
        guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let status = Int(words[1]) else { throw Self.noHTTP }
        self.status = status
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { throw Self.noHTTP }
            let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            headers[line[..<colon].lowercased()] = String(value)
        }
        let rest = bytes[end.upperBound...]
        if headers["transfer-encoding"]?.lowercased().hasSuffix("chunked") == true {
            guard let body = try Self.unchunked(rest) else { return nil }
            self.body = body
        } else if let text = headers["content-length"] {
            guard let length = Int(text), length >= 0 else { throw Self.noHTTP }
            guard rest.count >= length else { return nil }
            body = Array(rest.prefix(length))
        } else {
            guard isWhole else { return nil }
            body = Array(rest)
        }
    }

    private static let noHTTP = StatusError(.internalError, "the answer is no HTTP/1.1")

    /// RFC 9112 section 7.1; nil while chunks are missing.
    private static func unchunked(_ bytes: ArraySlice<UInt8>) throws(StatusError) -> [UInt8]? {
        var rest = bytes
        var body: [UInt8] = []
        while true {
            guard let line = rest.firstRange(of: Array("\r\n".utf8)) else { return nil }
            let text = String(decoding: rest[..<line.lowerBound], as: UTF8.self).prefix { $0 != ";" && $0 != " " }
            guard let size = Int(text, radix: 16), size >= 0, size < 1 << 40 else { throw noHTTP }
            if size == 0 { return body }
            rest = rest[line.upperBound...]
            guard rest.count >= size + 2 else { return nil }
            body += rest.prefix(size)
            rest = rest.dropFirst(size + 2)
        }
    }
}
