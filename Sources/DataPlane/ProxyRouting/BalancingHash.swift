package import HTTPWire
package import ProxySnapshot
internal import RegularExpressions

/// The hash of a request by which RING_HASH and MAGLEV choose its endpoint, and the cookies it takes to get the same
/// endpoint next time (Envoy's `Http::HashPolicyImpl`).
package struct BalancingHash: Sendable {
    /// `nil` if no policy found anything to hash: the choice is random then.
    package private(set) var value: UInt64?
    /// Values of the `set-cookie` lines that the response gets if it comes from an endpoint.
    package private(set) var cookies: [ContiguousArray<UInt8>] = []

    /// Where a request comes from, asked for only by policies that want it.
    package struct Caller {
        /// The caller's IP address as text.
        package var address: ContiguousArray<UInt8>
        /// The connection's two ends as text, `ADDRESS:PORT` each: what the value of a generated cookie is made of, so
        /// that requests racing on one connection get the same.
        package var connection: (remote: ContiguousArray<UInt8>, local: ContiguousArray<UInt8>)

        package init(
            address: ContiguousArray<UInt8>,
            connection: (remote: ContiguousArray<UInt8>, local: ContiguousArray<UInt8>)
        ) {
            self.address = address
            self.connection = connection
        }
    }

    /// Evaluates `policies` in order: each hash found is joined to those before it.
    package init(_ policies: [HashPolicy], request: borrowing RequestHead, caller: () -> Caller) {
        for policy in policies {
            if let found = hash(policy.source, request, caller) {
                // Rotating keeps two equal hashes from cancelling each other out.
                value = value.map { ($0 << 1 | $0 >> 63) ^ found } ?? found
            }
            if policy.isTerminal, value != nil { return }
        }
    }

    private mutating func hash(
        _ source: HashSource,
        _ request: borrowing RequestHead,
        _ caller: () -> Caller
    ) -> UInt64? {
        switch source {
        case .header(let name, let rewrite):
            return Self.hash(of: name, rewrite, request.headers)
        case .cookie(let cookie):
            if let hash = Self.hash(of: cookie, request.headers) { return hash }
            return cookie.isGenerated ? generate(cookie, caller()) : nil
        case .sourceAddress:
            let address = caller().address
            return address.isEmpty ? nil : XXHash64.hash(address)
        case .queryParameter(let name):
            guard let query = request.query else { return nil }
            return request.headers.withBytes(query) { bytes in
                QueryScan.firstValue(of: name, in: bytes).map { XXHash64.hash($0) }
            }
        }
    }

    // MARK: Headers

    /// Several values are sorted, so that their order does not matter, and hashed one into the other.
    private static func hash(of name: HeaderName, _ rewrite: RegexRewrite?, _ headers: HeaderBlock) -> UInt64? {
        guard let first = headers.firstIndex(of: name) else { return nil }
        if rewrite == nil, headers.firstIndex(of: name, from: first &+ 1) == nil {
            return headers.withBytes(headers.fields[first].valueRange) { XXHash64.hash($0) }
        }
        var values: [ContiguousArray<UInt8>] = []
        var index: Int? = first
        while let current = index {
            let range = headers.fields[current].valueRange
            if let rewrite {
                let text = rewrite.pattern.replacingMatches(in: headers.string(range), with: rewrite.substitution)
                values.append(ContiguousArray(text.utf8))
            } else {
                values.append(headers.withBytes(range) { ContiguousArray($0) })
            }
            index = headers.firstIndex(of: name, from: current &+ 1)
        }
        values.sort { $0.lexicographicallyPrecedes($1) }
        return values.reduce(0) { XXHash64.hash($1, seed: $0) }
    }

    // MARK: Cookies

    /// The hash of the first cookie of that name, unless it is empty.
    private static func hash(of cookie: HashCookie, _ headers: HeaderBlock) -> UInt64? {
        var start = 0
        while let index = headers.index(of: .cookie, from: start) {
            let outcome = headers.withBytes(headers.fields[index].valueRange) {
                bytes -> (isFound: Bool, hash: UInt64?) in
                guard let value = CookieScan.firstValue(of: cookie.name, in: bytes) else { return (false, nil) }
                return (true, value.isEmpty ? nil : XXHash64.hash(value))
            }
            if outcome.isFound { return outcome.hash }
            start = index &+ 1
        }
        return nil
    }

    private mutating func generate(_ cookie: HashCookie, _ caller: Caller) -> UInt64 {
        let value = Self.hexadecimal(XXHash64.hash(caller.connection.remote + caller.connection.local))
        var line = ContiguousArray(cookie.name)
        line.append(contentsOf: [UInt8(ascii: "="), UInt8(ascii: "\"")])
        line.append(contentsOf: value)
        line.append(UInt8(ascii: "\""))
        line.append(contentsOf: cookie.attributes)
        cookies.append(line)
        return XXHash64.hash(value)
    }

    /// Sixteen lower-case digits.
    private static func hexadecimal(_ number: UInt64) -> ContiguousArray<UInt8> {
        var text: ContiguousArray<UInt8> = []
        text.reserveCapacity(16)
        for digit in 0..<16 {
            let nibble = UInt8(truncatingIfNeeded: number >> UInt64(60 &- 4 &* digit)) & 0xF
            text.append(nibble < 10 ? 0x30 &+ nibble : 0x57 &+ nibble)
        }
        return text
    }
}

/// Reads `cookie` values in place.
enum CookieScan {
    /// The value of the first cookie called `name`, without quotes around it; parts without `=` are passed over.
    ///
    /// As Envoy reads them: blanks before a name do not count, all others do.
    static func firstValue(of name: [UInt8], in header: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        var start = 0
        while start < header.count {
            var end = start
            var equals = -1
            while end < header.count, header[end] != UInt8(ascii: ";") {
                if equals < 0, header[end] == UInt8(ascii: "=") { equals = end }
                end &+= 1
            }
            while start < end, header[start] == UInt8(ascii: " ") { start &+= 1 }
            if equals >= start, header[start..<equals].elementsEqual(name) {
                return unquoted(UnsafeRawBufferPointer(rebasing: header[(equals &+ 1)..<end]))
            }
            start = end &+ 1
        }
        return nil
    }

    private static func unquoted(_ value: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        let quote = UInt8(ascii: "\"")
        guard value.count >= 2, value.first == quote, value.last == quote else { return value }
        return UnsafeRawBufferPointer(rebasing: value[1..<(value.count &- 1)])
    }
}
