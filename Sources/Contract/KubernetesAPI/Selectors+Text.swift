/// Why a selector cannot be read.
package struct SelectorError: Error, Sendable, Hashable, CustomStringConvertible {
    package var message: String
    package var description: String { message }

    init(_ message: String) { self.message = message }
}

extension LabelSelector: CustomStringConvertible {
    /// Reads the query syntax: `a=b,c!=d,e in (x,y),f notin (z),g,!h`.
    package init(parsing text: String) throws(SelectorError) {
        var reader = LabelSelectorReader(text)
        self.init(requirements: try reader.requirements())
    }

    /// Reads a `LabelSelector` object: `matchLabels` and `matchExpressions`. An empty object selects everything.
    package init(_ json: JSONValue) throws(SelectorError) {
        guard let members = json.object else { throw SelectorError("a label selector must be an object") }
        var requirements: [Requirement] = []
        if let labels = members["matchLabels"], !labels.isNull {
            guard let labels = labels.object else { throw SelectorError("matchLabels must be an object") }
            for (key, value) in labels.sorted(by: { $0.key < $1.key }) {
                guard let value = value.string else { throw SelectorError("matchLabels.\(key) must be a string") }
                requirements.append(.isIn(key: try LabelSyntax.key(key), values: [try LabelSyntax.value(value)]))
            }
        }
        if let expressions = members["matchExpressions"], !expressions.isNull {
            guard let expressions = expressions.array else { throw SelectorError("matchExpressions must be a list") }
            for expression in expressions { requirements.append(try Requirement(expression)) }
        }
        self.init(requirements: requirements)
    }

    /// The query syntax; reads back to an equal selector.
    package var description: String { requirements.map(\.description).joined(separator: ",") }
}

extension LabelSelector.Requirement: CustomStringConvertible {
    /// Reads one of `matchExpressions`.
    init(_ json: JSONValue) throws(SelectorError) {
        guard let key = json["key"]?.string else { throw SelectorError("a match expression needs a key") }
        let name = try LabelSyntax.key(key)
        var values: Set<String> = []
        for value in json["values"]?.array ?? [] {
            guard let value = value.string else { throw SelectorError("values of \"\(key)\" must be strings") }
            values.insert(try LabelSyntax.value(value))
        }
        switch json["operator"]?.string {
        case "In" where !values.isEmpty: self = .isIn(key: name, values: values)
        case "NotIn" where !values.isEmpty: self = .notIn(key: name, values: values)
        case "In", "NotIn": throw SelectorError("In and NotIn need values, and \"\(key)\" has none")
        case "Exists" where values.isEmpty: self = .exists(key: name)
        case "DoesNotExist" where values.isEmpty: self = .doesNotExist(key: name)
        case "Exists", "DoesNotExist": throw SelectorError("Exists and DoesNotExist of \"\(key)\" take no values")
        case let other:
            throw SelectorError(
                "\"\(other ?? "")\" is not an operator of \"\(key)\": use In, NotIn, Exists or DoesNotExist"
            )
        }
    }

    package var description: String {
        switch self {
        case .isIn(let key, let values):
            if values.count == 1, let only = values.first {
                "\(key)=\(only)"
            } else {
                "\(key) in (\(Self.list(values)))"
            }
        case .notIn(let key, let values):
            if values.count == 1, let only = values.first {
                "\(key)!=\(only)"
            } else {
                "\(key) notin (\(Self.list(values)))"
            }
        case .exists(let key): key
        case .doesNotExist(let key): "!\(key)"
        }
    }

    private static func list(_ values: Set<String>) -> String { values.sorted().joined(separator: ",") }
}

/// What may stand in a label's key and value (Kubernetes "Labels and Selectors").
enum LabelSyntax {
    static func key(_ text: String) throws(SelectorError) -> String {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let name = parts.last, isName(name), !name.isEmpty else {
            throw SelectorError("\"\(text)\" is not a label's name")
        }
        if parts.count == 2, let prefix = parts.first {
            let isDomain = prefix.utf8.allSatisfy {
                isAlphanumeric($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-")
            }
            guard !prefix.isEmpty, prefix.utf8.count <= 253, isDomain else {
                throw SelectorError("\"\(text)\" is not a label's name: its prefix must be a DNS name")
            }
        }
        return text
    }

    static func value(_ text: String) throws(SelectorError) -> String {
        guard isName(Substring(text)) else { throw SelectorError("\"\(text)\" is not a label's value") }
        return text
    }

    private static func isName(_ text: Substring) -> Bool {
        let bytes = text.utf8
        guard let first = bytes.first, let last = bytes.last else { return true }
        return bytes.count <= 63 && isAlphanumeric(first) && isAlphanumeric(last)
            && bytes.allSatisfy { isAlphanumeric($0) || [0x2D, 0x2E, 0x5F].contains($0) }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
}

extension FieldSelector: CustomStringConvertible {
    /// Reads `metadata.name=x,status.phase!=Running`; `==` is `=`, and `\` escapes `,`, `=` and itself in a value.
    package init(parsing text: String) throws(SelectorError) {
        var requirements: [Requirement] = []
        for term in Self.terms(text) {
            guard let sign = term.firstIndex(where: { $0 == "=" || $0 == "!" }) else {
                throw SelectorError("\"\(term)\" is not a field requirement: use FIELD=VALUE or FIELD!=VALUE")
            }
            let rest = term[sign...]
            let operators = ["!=", "==", "="]
            guard let used = operators.first(where: { rest.hasPrefix($0) }) else {
                throw SelectorError("\"\(term)\" is not a field requirement: use FIELD=VALUE or FIELD!=VALUE")
            }
            let path = term[..<sign].split(separator: ".").map(String.init)
            guard !path.isEmpty else { throw SelectorError("\"\(term)\" names no field") }
            let value = Self.unescaped(rest.dropFirst(used.count))
            requirements.append(Requirement(path: path, value: value, isEqual: used != "!="))
        }
        self.init(requirements: requirements)
    }

    /// The query syntax; reads back to an equal selector.
    package var description: String {
        requirements.map { requirement in
            var value = ""
            for character in requirement.value {
                if character == "," || character == "=" || character == "\\" { value.append("\\") }
                value.append(character)
            }
            return requirement.path.joined(separator: ".") + (requirement.isEqual ? "=" : "!=") + value
        }.joined(separator: ",")
    }

    /// Splits at commas that are not escaped; empty terms are left out.
    private static func terms(_ text: String) -> [String] {
        var terms: [String] = []
        var term = ""
        var isEscaped = false
        for character in text {
            if isEscaped {
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else if character == "," {
                terms.append(term)
                term = ""
                continue
            }
            term.append(character)
        }
        terms.append(term)
        return terms.filter { !$0.isEmpty }
    }

    private static func unescaped(_ text: Substring) -> String {
        var result = ""
        var isEscaped = false
        for character in text {
            if !isEscaped, character == "\\" {
                isEscaped = true
            } else {
                isEscaped = false
                result.append(character)
            }
        }
        return result
    }
}
