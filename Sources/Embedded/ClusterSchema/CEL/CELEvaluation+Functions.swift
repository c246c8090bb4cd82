import KubernetesAPI

extension CELEvaluation {
    /// The number of arguments was checked when the rule was compiled.
    func call(_ function: CELFunction, _ arguments: [CELValue]) throws(CELError) -> CELValue {
        guard let first = arguments.first else { throw Self.mismatch(function.rawValue) }
        switch first {
        case .json(.string(let text)): return try onText(function, text, Array(arguments.dropFirst()))
        case .url(let url):
            switch function {
            case .getScheme: return .text(url.scheme)
            case .getHost: return .text(url.host)
            case .getHostname: return .text(url.hostname)
            case .getPort: return .text(url.port)
            case .getEscapedPath: return .text(url.path)
            default: throw Self.mismatch(function.rawValue)
            }
        case .quantity:
            guard let second = arguments.dropFirst().first else { throw Self.mismatch(function.rawValue) }
            let order = try Self.compare(first, second)
            switch function {
            case .isGreaterThan: return .bool(order > 0)
            case .isLessThan: return .bool(order < 0)
            case .compareTo: return .int(order)
            default: throw Self.mismatch(function.rawValue)
            }
        case .json(.array(let elements)): return try onList(function, elements, Array(arguments.dropFirst()))
        case .json(.object(let members)):
            if function == .size { return .int(members.count) }
            if function == .dyn { return first }
            throw Self.mismatch(function.rawValue)
        case .json(let value): return try onScalar(function, value)
        case .duration, .timestamp:
            if function == .dyn { return first }
            throw Self.mismatch(function.rawValue)
        }
    }

    private func onScalar(_ function: CELFunction, _ value: JSONValue) throws(CELError) -> CELValue {
        switch function {
        case .dyn: return .json(value)
        case .int:
            if let whole = value.integer { return .json(.integer(whole)) }
            guard let number = value.double, let whole = Int64(exactly: number.rounded(.towardZero)) else {
                throw Self.mismatch("int")
            }
            return .json(.integer(whole))
        case .double:
            guard let number = value.double else { throw Self.mismatch("double") }
            return .json(.number(number))
        case .bool where value.bool != nil: return .json(value)
        case .string where !value.isNull: return .text(value.jsonText)
        default: throw Self.mismatch(function.rawValue)
        }
    }

    private func onList(
        _ function: CELFunction,
        _ elements: [JSONValue],
        _ rest: [CELValue]
    ) throws(CELError) -> CELValue {
        switch function {
        case .size: return .int(elements.count)
        case .dyn: return .json(.array(elements))
        case .join:
            var separator = ""
            if case .json(.string(let text))? = rest.first { separator = text }
            return .text(elements.compactMap(\.string).joined(separator: separator))
        case .contains, .indexOf, .lastIndexOf:
            guard case .json(let wanted)? = rest.first else { throw Self.mismatch(function.rawValue) }
            if function == .contains { return .bool(elements.contains(wanted)) }
            let index = function == .indexOf ? elements.firstIndex(of: wanted) : elements.lastIndex(of: wanted)
            return .int(index ?? -1)
        case .isSorted:
            for (left, right) in zip(elements, elements.dropFirst())
            where try Self.compare(.json(left), .json(right)) > 0 {
                return .bool(false)
            }
            return .bool(true)
        case .sum:
            var total: CELValue = .json(elements.first.flatMap { $0.integer == nil ? 0.0 : nil } ?? 0)
            for element in elements { total = try Self.apply(.add, total, .json(element)) }
            return total
        case .min, .max:
            guard var best = elements.first else { throw CELError("\(function.rawValue) of an empty list") }
            for element in elements.dropFirst() {
                let order = try Self.compare(.json(element), .json(best))
                if function == .min ? order < 0 : order > 0 { best = element }
            }
            return .json(best)
        default: throw Self.mismatch(function.rawValue)
        }
    }

    private func onText(
        _ function: CELFunction,
        _ text: String,
        _ rest: [CELValue]
    ) throws(CELError) -> CELValue {
        func argument(_ index: Int) throws(CELError) -> String {
            guard index < rest.count, case .json(.string(let text)) = rest[index] else {
                throw Self.mismatch(function.rawValue)
            }
            return text
        }
        switch function {
        case .size: return .int(text.unicodeScalars.count)
        case .dyn, .string: return .text(text)
        case .int:
            guard let value = Int64(text) else { throw CELError("\"\(text)\" is no whole number") }
            return .json(.integer(value))
        case .double:
            guard let value = Double(text) else { throw CELError("\"\(text)\" is no number") }
            return .json(.number(value))
        case .bool:
            guard let value = Bool(text) else { throw CELError("\"\(text)\" is no bool") }
            return .bool(value)
        case .duration:
            guard let value = CELDuration.seconds(text) else { throw CELError("\"\(text)\" is no duration") }
            return .duration(value)
        case .timestamp:
            guard let value = Timestamp(text)?.seconds else { throw CELError("\"\(text)\" is no time") }
            return .timestamp(value)
        case .url:
            guard let value = CELURL(text) else { throw CELError("\"\(text)\" is no URL") }
            return .url(value)
        case .isURL: return .bool(CELURL(text) != nil)
        case .quantity:
            guard let value = Quantity.value(text) else { throw CELError("\"\(text)\" is no quantity") }
            return .quantity(value)
        case .isQuantity: return .bool(Quantity.value(text) != nil)
        case .startsWith: return .bool(text.utf8.starts(with: try argument(0).utf8))
        case .endsWith: return .bool(text.utf8.reversed().starts(with: try argument(0).utf8.reversed()))
        case .contains:
            let part = try argument(0)
            return .bool(part.isEmpty || text.contains(part))
        case .matches:
            guard let pattern = try? SearchPattern(argument(0)) else { throw CELError("the pattern is no RE2 syntax") }
            return .bool(pattern.matches(text))
        case .lowerAscii: return .text(text.lowercased())
        case .upperAscii: return .text(text.uppercased())
        case .trim: return .text(Self.trimmed(text))
        case .substring: return .text(try substring(text, rest))
        case .indexOf, .lastIndexOf:
            return .int(try Self.index(of: argument(0), in: text, last: function == .lastIndexOf))
        case .split: return .json(.array(Self.split(text, try argument(0)).map { .string($0) }))
        case .replace: return .text(Self.split(text, try argument(0)).joined(separator: try argument(1)))
        default: throw Self.mismatch(function.rawValue)
        }
    }

    private static func trimmed(_ text: String) -> String {
        let start = text.drop(while: \.isWhitespace)
        return String(start.reversed().drop(while: \.isWhitespace).reversed())
    }

    private func substring(_ text: String, _ rest: [CELValue]) throws(CELError) -> String {
        let scalars = Array(text.unicodeScalars)
        var bounds: [Int] = []
        for value in rest {
            guard case .json(let number) = value, let whole = number.integer, let at = Int(exactly: whole) else {
                throw Self.mismatch("substring")
            }
            bounds.append(at)
        }
        let start = bounds.first ?? 0
        let end = bounds.count > 1 ? bounds[1] : scalars.count
        guard start >= 0, start <= end, end <= scalars.count else { throw CELError("index out of range") }
        var result = String.UnicodeScalarView()
        result.append(contentsOf: scalars[start..<end])
        return String(result)
    }

    private static func index(of needle: String, in text: String, last: Bool) -> Int {
        let parts = split(text, needle)
        guard parts.count > 1 else { return -1 }
        let before = last ? parts.dropLast().joined(separator: needle) : parts[0]
        return before.unicodeScalars.count
    }

    private static func split(_ text: String, _ separator: String) -> [String] {
        guard !separator.isEmpty else { return text.map(String.init) }
        var parts: [String] = []
        var rest = text[...]
        while let range = rest.firstRange(of: separator) {
            parts.append(String(rest[..<range.lowerBound]))
            rest = rest[range.upperBound...]
        }
        return parts + [String(rest)]
    }
}

/// Durations as Go writes them: `1h30m`, `1.5s`, `-10ms`.
enum CELDuration {
    static func seconds(_ text: String) -> Double? {
        var rest = text[...]
        var sign = 1.0
        if let first = rest.first, first == "-" || first == "+" {
            sign = first == "-" ? -1 : 1
            rest = rest.dropFirst()
        }
        if rest == "0" { return 0 }
        guard !rest.isEmpty else { return nil }
        var total = 0.0
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            guard let number = Double(digits) else { return nil }
            rest = rest.dropFirst(digits.count)
            let unit = rest.prefix { !($0.isNumber || $0 == ".") }
            guard let factor = units[String(unit)] else { return nil }
            rest = rest.dropFirst(unit.count)
            total += number * factor
        }
        return total * sign
    }

    private static let units: [String: Double] = [
        "ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600,
    ]
}
