/// The name/value pairs of SYN_STREAM, SYN_REPLY and HEADERS, uncompressed (SPDY/3.1 section 2.6.10).
struct SPDYHeaderBlock: Sendable, Equatable {
    /// Names are lower case; several values of one name are separated by NUL.
    var values: [String: String] = [:]

    subscript(_ name: String) -> String? { values[name.lowercased()] }

    init(_ values: [String: String] = [:]) { self.values = values }

    /// The longest that is read, uncompressed, in bytes.
    static let limit = 64 << 10

    init(bytes: [UInt8]) throws(SPDYHeaderError) {
        var rest = bytes[...]
        func number() throws(SPDYHeaderError) -> Int {
            guard rest.count >= 4 else { throw .malformed }
            let value = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
            rest = rest.dropFirst(4)
            return value
        }
        func text() throws(SPDYHeaderError) -> String {
            let count = try number()
            guard count <= rest.count else { throw .malformed }
            defer { rest = rest.dropFirst(count) }
            return String(decoding: rest.prefix(count), as: UTF8.self)
        }
        let count = try number()
        // Every pair has two lengths at least.
        guard count <= rest.count / 8 else { throw .malformed }
        for _ in 0..<count {
            let name = try text().lowercased()
            let value = try text()
            guard !name.isEmpty, values.updateValue(value, forKey: name) == nil else { throw .malformed }
        }
    }

    var bytes: [UInt8] {
        var bytes = SPDYFrame.bytes(UInt32(truncatingIfNeeded: values.count))
        for (name, value) in values.sorted(by: { $0.key < $1.key }) {
            for text in [name.lowercased(), value] {
                bytes += SPDYFrame.bytes(UInt32(truncatingIfNeeded: text.utf8.count))
                bytes += Array(text.utf8)
            }
        }
        return bytes
    }
}
