internal import CRE2

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// A compiled RE2 pattern: linear time on any input, the syntax of every `regex` field in Istio and xDS.
///
/// Patterns are capped in bytes and in compiled instructions so that a tenant's rule cannot cost a proxy its memory.
/// Matching takes raw bytes (a header value need not be UTF-8),
/// never allocates in Swift and is safe from any thread.
package final class RegularExpression: Sendable {
    /// The longest pattern accepted, in UTF-8 bytes; Istio's own validation stops at the same length.
    package static let maximumPatternBytes = 1024
    /// The largest compiled program accepted, in RE2 instructions. Envoy logs a warning at 100 and leaves the maximum
    /// unlimited; ours is wide enough for every published sample and bounds the worst route table.
    package static let maximumProgramSize = 2000

    /// The pattern as it was written.
    package let pattern: String
    private let isCaseSensitive: Bool

    // RE2 objects are immutable after compilation and documented as thread-safe; freed once in deinit.
    private nonisolated(unsafe) let program: OpaquePointer

    /// Compiles `pattern`.
    ///
    /// - Throws: `RegularExpressionError` when the pattern is too long, is not RE2 syntax or compiles too large.
    package init(_ pattern: String, caseSensitive: Bool = true) throws(RegularExpressionError) {
        let bytes = Array(pattern.utf8)
        guard bytes.count <= Self.maximumPatternBytes else {
            throw .tooLong(bytes: bytes.count, limit: Self.maximumPatternBytes)
        }
        var reason = [CChar](repeating: 0, count: 256)
        let compiled = bytes.withUnsafeBytes { raw in
            reason.withUnsafeMutableBufferPointer { error in
                cre2_compile(
                    raw.baseAddress?.assumingMemoryBound(to: CChar.self),
                    raw.count,
                    8 << 20,
                    caseSensitive,
                    error.baseAddress,
                    error.count
                )
            }
        }
        guard let compiled else {
            let text = reason.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
            throw .invalid(reason: String(decoding: text, as: UTF8.self))
        }
        let size = Int(cre2_program_size(compiled))
        guard size <= Self.maximumProgramSize else {
            cre2_free(compiled)
            throw .tooLarge(instructions: size, limit: Self.maximumProgramSize)
        }
        self.pattern = pattern
        isCaseSensitive = caseSensitive
        self.program = compiled
    }

    deinit {
        cre2_free(program)
    }

    /// Whether the whole of `text` matches, as `safe_regex` in xDS and `regex` in Istio mean it.
    package func matchesAll(of text: UnsafeRawBufferPointer) -> Bool {
        cre2_full_match(program, text.baseAddress?.assumingMemoryBound(to: CChar.self), text.count)
    }

    /// Whether the whole of `text` matches.
    package func matchesAll(of text: String) -> Bool {
        var text = text
        return text.withUTF8 { matchesAll(of: UnsafeRawBufferPointer($0)) }
    }

    /// The number of capturing groups, for checking `\1` in rewrites.
    package var groupCount: Int { Int(cre2_group_count(program)) }

    /// Says why `rewrite` (RE2 syntax, `\1`...) cannot be used with this pattern; `nil` when it can.
    package func reasonAgainst(rewrite: String) -> String? {
        var reason = [CChar](repeating: 0, count: 256)
        var rewrite = rewrite
        let fine = rewrite.withUTF8 { text in
            text.withMemoryRebound(to: CChar.self) { text in
                reason.withUnsafeMutableBufferPointer { error in
                    cre2_check_rewrite(program, text.baseAddress, text.count, error.baseAddress, error.count)
                }
            }
        }
        guard !fine else { return nil }
        return String(decoding: reason.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// `text` with every match replaced by `rewrite`; what `uriRegexRewrite` does to a path.
    package func replacingMatches(in text: String, with rewrite: String) -> String {
        var text = text
        var rewrite = rewrite
        return text.withUTF8 { source in
            rewrite.withUTF8 { replacement in
                var length = 0
                let result = source.withMemoryRebound(to: CChar.self) { source in
                    replacement.withMemoryRebound(to: CChar.self) { replacement in
                        cre2_global_replace(
                            program,
                            source.baseAddress,
                            source.count,
                            replacement.baseAddress,
                            replacement.count,
                            &length
                        )
                    }
                }
                guard let result else { return String(decoding: source, as: UTF8.self) }
                defer { free(result) }
                return String(decoding: UnsafeRawBufferPointer(start: result, count: length), as: UTF8.self)
            }
        }
    }
}

/// Why a pattern was refused.
package enum RegularExpressionError: Error, Equatable, CustomStringConvertible {
    case tooLong(bytes: Int, limit: Int)
    case tooLarge(instructions: Int, limit: Int)
    case invalid(reason: String)

    package var description: String {
        switch self {
        case .tooLong(let bytes, let limit):
            "the pattern has \(bytes) bytes; at most \(limit) are allowed"
        case .tooLarge(let instructions, let limit):
            "the pattern compiles to \(instructions) RE2 instructions; at most \(limit) are allowed"
        case .invalid(let reason):
            "not a valid RE2 expression: \(reason)"
        }
    }
}

extension RegularExpression: Equatable {
    /// Expressions are equal when their patterns and what they think of case are.
    package static func == (left: RegularExpression, right: RegularExpression) -> Bool {
        left.pattern == right.pattern && left.isCaseSensitive == right.isCaseSensitive
    }
}
