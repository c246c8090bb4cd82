package import HTTPWire
package import ProxySnapshot
import RegularExpressions

extension RouteMatcher {
    /// The first criterion of `match` that the request does not meet, or `nil` if it matches.
    package static func mismatch(
        _ head: borrowing RequestHead,
        path: ByteRange,
        match: RouteMatch,
        metadata: RequestMetadata = RequestMetadata(),
        random: UInt64
    ) -> RouteMismatch? {
        let isPath = head.headers.withBytes(path) { pathMatches($0, match.path, match.isCaseSensitive) }
        guard isPath else { return .path }
        for index in match.headers.indices where !matches(head.headers, match.headers[index]) {
            return .header(index)
        }
        for index in match.queryParameters.indices where !matches(head, match.queryParameters[index]) {
            return .queryParameter(index)
        }
        for index in match.metadata.indices where !match.metadata[index].matches(metadata) {
            return .metadata(index)
        }
        if match.isGRPCOnly, !isGRPC(head.headers) { return .notGRPC }
        if let fraction = match.runtimeFraction, !fraction.includes(random: random) { return .runtimeFraction }
        return nil
    }

    /// Whether all of `matchers` hold for a header block.
    package static func matches(_ headers: borrowing HeaderBlock, all matchers: [HeaderMatcher]) -> Bool {
        for index in matchers.indices where !matches(headers, matchers[index]) { return false }
        return true
    }

    /// Whether one header criterion holds. A missing header fails any comparison, inverted or not, unless it counts
    /// as empty; of several lines one must satisfy it, or none when it is inverted
    /// (`envoy.config.route.v3.HeaderMatcher`).
    package static func matches(_ headers: borrowing HeaderBlock, _ matcher: HeaderMatcher) -> Bool {
        switch matcher.value {
        case .present:
            return (headers.isPresent(matcher.name) || matcher.treatsMissingAsEmpty) != matcher.inverts
        case .string(let string):
            if let holds = headers.hasValue(of: matcher.name, where: { string.matches($0) }) {
                return holds != matcher.inverts
            }
            return matcher.treatsMissingAsEmpty && string.matches(emptyBytes) != matcher.inverts
        case .range(let range):
            let holds = headers.hasValue(of: matcher.name) { decimal($0).map(range.contains) ?? false }
            if let holds { return holds != matcher.inverts }
            return matcher.treatsMissingAsEmpty && matcher.inverts
        }
    }

    private static var emptyBytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: nil, count: 0) }

    private static func matches(_ head: borrowing RequestHead, _ matcher: QueryParameterMatcher) -> Bool {
        guard let query = head.query else { return false }
        return head.headers.withBytes(query) { bytes in
            guard let value = QueryScan.firstValue(of: matcher.name, in: bytes) else { return false }
            return matcher.value?.matches(value) ?? true
        }
    }

    /// `content-type: application/grpc`, alone or followed by `+`, as Envoy recognises gRPC.
    package static func isGRPC(_ headers: borrowing HeaderBlock) -> Bool {
        let prefix: StaticString = "application/grpc"
        return headers.withValue(of: .contentType) { value in
            value.count >= prefix.utf8CodeUnitCount && value.starts(with: UnsafeRawBufferPointer(prefix))
                && (value.count == prefix.utf8CodeUnitCount
                    || value[prefix.utf8CodeUnitCount] == UInt8(ascii: "+"))
        } ?? false
    }

    static func pathMatches(_ path: UnsafeRawBufferPointer, _ match: PathMatch, _ isCaseSensitive: Bool) -> Bool {
        switch match {
        case .prefix(let bytes):
            return starts(path, bytes, isCaseSensitive)
        case .exact(let bytes):
            return path.count == bytes.count && starts(path, bytes, isCaseSensitive)
        case .pathSeparatedPrefix(let bytes):
            guard starts(path, bytes, isCaseSensitive) else { return false }
            return path.count == bytes.count || path[bytes.count] == UInt8(ascii: "/")
        case .regex(let expression):
            return expression.matchesAll(of: path)
        }
    }

    @inline(__always)
    private static func starts(_ path: UnsafeRawBufferPointer, _ bytes: [UInt8], _ isCaseSensitive: Bool) -> Bool {
        guard path.count >= bytes.count else { return false }
        if isCaseSensitive {
            for index in bytes.indices where path[index] != bytes[index] { return false }
        } else {
            for index in bytes.indices where foldedCase(path[index]) != bytes[index] { return false }
        }
        return true
    }

    /// Reads a decimal number as `absl::SimpleAtoi` does, without the surrounding white space.
    private static func decimal(_ bytes: UnsafeRawBufferPointer) -> Int64? {
        guard let first = bytes.first else { return nil }
        let isNegative = first == UInt8(ascii: "-")
        let digits = isNegative || first == UInt8(ascii: "+") ? bytes.dropFirst() : bytes[...]
        guard !digits.isEmpty else { return nil }
        var value: Int64 = 0
        for byte in digits {
            guard (0x30...0x39).contains(byte) else { return nil }
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let digit = Int64(byte &- 0x30)
            let (sum, carry) =
                isNegative
                ? product.subtractingReportingOverflow(digit) : product.addingReportingOverflow(digit)
            guard !overflow, !carry else { return nil }
            value = sum
        }
        return value
    }
}

/// Reads query strings in place.
enum QueryScan {
    /// The undecoded value of the first parameter called `name`; empty for one without `=`.
    static func firstValue(of name: [UInt8], in query: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        var start = 0
        while start < query.count {
            var end = start
            var equals = -1
            while end < query.count, query[end] != UInt8(ascii: "&") {
                if equals < 0, query[end] == UInt8(ascii: "=") { equals = end }
                end &+= 1
            }
            let nameEnd = equals < 0 ? end : equals
            if nameEnd &- start == name.count, query[start..<nameEnd].elementsEqual(name) {
                return UnsafeRawBufferPointer(rebasing: query[(equals < 0 ? end : equals &+ 1)..<end])
            }
            start = end &+ 1
        }
        return nil
    }
}

extension UnsafeRawBufferPointer {
    /// The bytes of a literal.
    init(_ text: StaticString) {
        self =
            text.hasPointerRepresentation
            ? UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
            : UnsafeRawBufferPointer(start: nil, count: 0)
    }
}
