package import HTTPWire
package import ProxySnapshot

/// What became of a request's path.
package enum PathNormalizationOutcome: Sendable, Equatable {
    case unchanged
    /// `:path` was replaced.
    case changed
    /// The path is refused: answer 400.
    case rejected
    /// `:path` was replaced and the client is to be sent there: answer 307.
    case redirect
}

/// Normalises paths before they are matched, as Envoy's connection manager does: escaped slashes first, then RFC 3986
/// normalisation, then merging of slashes. Istio's default `BASE` is `normalizesPath` alone.
package enum PathNormalization {
    /// Rewrites the head's `:path` as `manager` asks; the query is never touched.
    package static func apply(to head: inout RequestHead, manager: HTTPConnectionManager) -> PathNormalizationOutcome {
        guard manager.normalizesPath || manager.mergesSlashes || manager.escapedSlashesAction != .keepUnchanged,
            let path = head.path
        else { return .unchanged }
        let needsWork = head.headers.withBytes(path) { bytes in
            needsNormalization(bytes, manager)
        }
        guard needsWork else { return .unchanged }
        let original = head.headers.withBytes(path) { [UInt8]($0) }
        var isRedirect = false
        var text = original
        let queryStart = text.firstIndex(of: UInt8(ascii: "?")) ?? text.count
        let query = Array(text[queryStart...])
        text.removeSubrange(queryStart...)
        if manager.escapedSlashesAction != .keepUnchanged, let unescaped = unescapingSlashes(text) {
            if manager.escapedSlashesAction == .rejectRequest { return .rejected }
            isRedirect = manager.escapedSlashesAction == .unescapeAndRedirect
            text = unescaped
        }
        if manager.normalizesPath {
            guard let normal = normalized(text) else { return .rejected }
            text = normal
        }
        if manager.mergesSlashes { text = mergingSlashes(text) }
        text += query
        guard text != original else { return .unchanged }
        text.withUnsafeBytes { head.setPath($0) }
        return isRedirect ? .redirect : .changed
    }

    /// A quick look that lets ordinary paths pass without a copy.
    private static func needsNormalization(_ path: UnsafeRawBufferPointer, _ manager: HTTPConnectionManager) -> Bool {
        guard path.first == UInt8(ascii: "/") else { return manager.normalizesPath && path.first != UInt8(ascii: "*") }
        var previous = UInt8(ascii: "a")
        for byte in path {
            switch byte {
            case UInt8(ascii: "?"): return false
            case UInt8(ascii: "%"), UInt8(ascii: "\\"): return true
            case UInt8(ascii: "/") where previous == byte && manager.mergesSlashes: return true
            case UInt8(ascii: ".") where previous == UInt8(ascii: "/"): return true
            default: if manager.normalizesPath, PathByte.isEscaped(byte) { return true }
            }
            previous = byte
        }
        return false
    }

    /// `%2F` and `%5C` decoded; `nil` if there are none.
    static func unescapingSlashes(_ path: [UInt8]) -> [UInt8]? {
        var result: [UInt8] = []
        var index = 0
        var isChanged = false
        while index < path.count {
            if let value = PathByte.decode(path, index), value == UInt8(ascii: "/") || value == UInt8(ascii: "\\") {
                result.append(value)
                index += 3
                isChanged = true
            } else {
                result.append(path[index])
                index += 1
            }
        }
        return isChanged ? result : nil
    }

    static func mergingSlashes(_ path: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        for byte in path where byte != UInt8(ascii: "/") || result.last != byte { result.append(byte) }
        return result
    }

    /// RFC 3986 section 6.2.2: percent-encoded unreserved characters decoded, dot segments removed (with what follows a
    /// semicolon in them), backslashes taken for slashes, everything a path may not hold encoded; `nil` if the path is not absolute or holds `%00`.
    static func normalized(_ path: [UInt8]) -> [UInt8]? {
        guard let first = path.first, first == UInt8(ascii: "/") || first == UInt8(ascii: "\\") else { return nil }
        var plain: [UInt8] = []
        plain.reserveCapacity(path.count)
        // A percent sign that encoded nothing must not begin to: `%2%66` would go on as `%2f`, which nobody has judged.
        var loosePercent: Int?
        var index = 0
        while index < path.count {
            let byte = path[index]
            if let value = PathByte.decode(path, index) {
                guard value != 0 else { return nil }
                if PathByte.isUnreserved(value) { plain.append(value) } else { plain += path[index..<(index + 3)] }
                index += 3
            } else {
                if byte == UInt8(ascii: "%") { loosePercent = plain.count }
                if byte == UInt8(ascii: "\\") {
                    plain.append(UInt8(ascii: "/"))
                } else if PathByte.isEscaped(byte) {
                    plain += PathByte.encode(byte)
                } else {
                    plain.append(byte)
                }
                index += 1
            }
            if let percent = loosePercent, plain.count == percent + 3, PathByte.decode(plain, percent) != nil {
                plain.insert(contentsOf: [UInt8(ascii: "2"), UInt8(ascii: "5")], at: percent + 1)
                loosePercent = nil
            }
        }
        return removingDotSegments(plain)
    }

    private static func removingDotSegments(_ path: [UInt8]) -> [UInt8] {
        var kept: [ArraySlice<UInt8>] = []
        let segments = path.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        let dot = UInt8(ascii: ".")
        for (position, segment) in segments.enumerated() {
            // To some servers what follows a semicolon is no part of the name: `..;` leads upwards there.
            let name = segment.prefix { $0 != UInt8(ascii: ";") }
            let isDot = name.elementsEqual([dot])
            let isDoubleDot = name.elementsEqual([dot, dot])
            if isDoubleDot { _ = kept.popLast() }
            if isDot || isDoubleDot {
                // A dot segment at the end leaves its slash.
                if position == segments.count - 1 { kept.append([]) }
            } else {
                kept.append(segment)
            }
        }
        return [UInt8(ascii: "/")] + kept.joined(separator: [UInt8(ascii: "/")])
    }
}

/// Classes of path bytes.
enum PathByte {
    /// RFC 3986 section 2.3.
    static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
        case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"): true
        default: false
        }
    }

    /// Bytes that a path holds only percent-encoded.
    static func isEscaped(_ byte: UInt8) -> Bool {
        switch byte {
        case 0...0x20, 0x7f...0xff: true
        case UInt8(ascii: "\""), UInt8(ascii: "#"), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "`"),
            UInt8(ascii: "{"), UInt8(ascii: "}"):
            true
        default: false
        }
    }

    /// The byte encoded by the three at `index`, if they are a percent-encoding.
    static func decode(_ bytes: [UInt8], _ index: Int) -> UInt8? {
        guard index + 2 < bytes.count, bytes[index] == UInt8(ascii: "%"), let high = nibble(bytes[index + 1]),
            let low = nibble(bytes[index + 2])
        else { return nil }
        return high << 4 | low
    }

    static func encode(_ byte: UInt8) -> [UInt8] {
        let digits = Array("0123456789ABCDEF".utf8)
        return [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }

    private static func nibble(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x37
        case 0x61...0x66: byte - 0x57
        default: nil
        }
    }
}
