import KubernetesAPI
import RegularExpressions

/// A parsed expression of the Common Expression Language (cel-spec, the subset of Kubernetes' validation rules).
indirect enum CELExpression: Sendable {
    enum Operation: String, Sendable {
        case or = "||"
        case and = "&&"
        case equal = "=="
        case notEqual = "!="
        case less = "<"
        case lessOrEqual = "<="
        case greater = ">"
        case greaterOrEqual = ">="
        case isIn = "in"
        case add = "+"
        case subtract = "-"
        case multiply = "*"
        case divide = "/"
        case remainder = "%"
    }

    enum Macro: String, Sendable {
        case all, exists, filter, map
        case existsOne = "exists_one"
    }

    case literal(JSONValue)
    case variable(String)
    case select(CELExpression, String)
    case has(CELExpression, String)
    case index(CELExpression, CELExpression)
    case call(CELFunction, [CELExpression])
    /// `matches` with a literal pattern, compiled once.
    case matches(CELExpression, SearchPattern)
    case list([CELExpression])
    case map([(CELExpression, CELExpression)])
    case not(CELExpression)
    case negate(CELExpression)
    case binary(Operation, CELExpression, CELExpression)
    case conditional(CELExpression, CELExpression, CELExpression)
    case comprehension(Macro, over: CELExpression, variable: String, body: CELExpression)
}

/// The functions that can be called; methods have their receiver as first argument.
enum CELFunction: String, Sendable {
    case size, int, double, string, bool, dyn, duration, timestamp, url, isURL, quantity, isQuantity
    case startsWith, endsWith, contains, matches, substring, indexOf, lastIndexOf, split, join, replace, lowerAscii
    case upperAscii, trim, getScheme, getHost, getHostname, getPort, getEscapedPath, isGreaterThan, isLessThan
    case compareTo, isSorted, sum, min, max

    /// How many arguments it takes, the receiver included.
    var arity: ClosedRange<Int> {
        switch self {
        case .startsWith, .endsWith, .contains, .matches, .indexOf, .lastIndexOf, .split, .isGreaterThan, .isLessThan,
            .compareTo:
            2...2
        case .substring: 2...3
        case .replace: 3...3
        case .join: 1...2
        default: 1...1
        }
    }
}

/// A value while an expression is evaluated.
enum CELValue: Sendable, Hashable {
    case json(JSONValue)
    /// Seconds.
    case duration(Double)
    /// Seconds since 1970.
    case timestamp(Int64)
    case url(CELURL)
    case quantity(Double)

    static func bool(_ value: Bool) -> CELValue { .json(.bool(value)) }
    static func int(_ value: Int) -> CELValue { .json(.integer(Int64(value))) }
    static func text(_ value: String) -> CELValue { .json(.string(value)) }
}

/// Why a rule cannot be compiled or evaluated.
struct CELError: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}

/// The parts of a URL that rules ask for.
struct CELURL: Sendable, Hashable {
    var scheme = ""
    /// With its port.
    var host = ""
    var path = ""

    /// An absolute URL or an absolute path, as Go's `ParseRequestURI` accepts them.
    init?(_ text: String) {
        if text.isEmpty || text.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F }) { return nil }
        if text.hasPrefix("/") {
            path = text
            return
        }
        guard let colon = text.firstIndex(of: ":") else { return nil }
        let name = text[..<colon]
        guard let first = name.utf8.first, (0x41...0x5A).contains(first) || (0x61...0x7A).contains(first),
            name.utf8.allSatisfy({ byte in
                (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte)
                    || byte == 0x2B || byte == 0x2D || byte == 0x2E
            })
        else { return nil }
        var rest = text[text.index(after: colon)...]
        guard rest.hasPrefix("/") else { return nil }
        scheme = name.lowercased()
        if rest.hasPrefix("//") {
            rest = rest.dropFirst(2)
            host = String(rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" })
            rest = rest.dropFirst(host.count)
            if let at = host.lastIndex(of: "@") { host = String(host[host.index(after: at)...]) }
            if !Self.hasValidPort(host) { return nil }
        }
        path = String(rest.prefix { $0 != "?" && $0 != "#" })
    }

    private static func hasValidPort(_ host: String) -> Bool {
        let tail = host.hasPrefix("[") ? host[(host.lastIndex(of: "]") ?? host.startIndex)...].dropFirst() : host[...]
        guard let colon = tail.lastIndex(of: ":") else { return true }
        return tail[tail.index(after: colon)...].utf8.allSatisfy { (0x30...0x39).contains($0) }
    }

    var hostname: String {
        if host.hasPrefix("["), let end = host.lastIndex(of: "]") { return String(host[..<end].dropFirst()) }
        return String(host.prefix { $0 != ":" })
    }

    var port: String {
        let tail = host.hasPrefix("[") ? host[(host.lastIndex(of: "]") ?? host.startIndex)...].dropFirst() : host[...]
        guard let colon = tail.lastIndex(of: ":") else { return "" }
        return String(tail[tail.index(after: colon)...])
    }
}
