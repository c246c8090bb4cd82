/// A request to the admin interface.
package struct AdminRequest: Sendable, Equatable {
    package var isPost: Bool
    /// The path without its query.
    package var path: String
    /// The decoded query parameters; of equal names the first.
    package var query: [String: String]

    /// Splits a request target.
    package init(isPost: Bool, target: String) {
        self.isPost = isPost
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        path = parts.first.map(String.init) ?? "/"
        query = [:]
        guard parts.count == 2 else { return }
        for pair in parts[1].split(separator: "&") {
            let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = Self.decoded(halves[0])
            if query[name] == nil { query[name] = halves.count == 2 ? Self.decoded(halves[1]) : "" }
        }
    }

    /// Percent-decoded text; malformed escapes stay as they are.
    private static func decoded(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == 0x25, rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            else {
                bytes.append(byte == 0x2B ? 0x20 : byte)
                continue
            }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// An answer of the admin interface.
package struct AdminResponse: Sendable, Equatable {
    package var status: UInt16
    package var contentType: String
    package var body: String

    package init(status: UInt16 = 200, contentType: String = "text/plain; charset=UTF-8", body: String) {
        self.status = status
        self.contentType = contentType
        self.body = body
    }

    static func json(_ value: JSONValue) -> AdminResponse {
        AdminResponse(contentType: "application/json", body: value.text + "\n")
    }
}
