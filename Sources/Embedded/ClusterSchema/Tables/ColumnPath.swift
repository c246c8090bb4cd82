package import KubernetesAPI

/// The JSONPath subset of `additionalPrinterColumns`: members, indexes, `[*]` and filters `[?(@.type=="Ready")]`.
package struct ColumnPath: Sendable, Hashable {
    enum Step: Sendable, Hashable {
        case member(String)
        case index(Int)
        case all
        case filter(path: [String], equals: String, isEqual: Bool)
    }

    let steps: [Step]

    /// Throws when the path uses more than the subset.
    package init(_ text: String) throws(ColumnPathError) {
        var rest = text[...]
        if rest.hasPrefix("{"), rest.hasSuffix("}") { rest = rest.dropFirst().dropLast() }
        if rest.hasPrefix("$") { rest = rest.dropFirst() }
        var steps: [Step] = []
        while let first = rest.first {
            if first == "[" {
                guard let end = Self.closing(rest) else { throw ColumnPathError(reason: "'[' without ']'") }
                steps.append(try Self.step(rest[rest.index(after: rest.startIndex)..<end]))
                rest = rest[rest.index(after: end)...]
                continue
            }
            if first == "." { rest = rest.dropFirst() }
            if rest.first == "." { throw ColumnPathError(reason: "recursive descent") }
            var name = ""
            while let character = rest.first, character != ".", character != "[" {
                rest = rest.dropFirst()
                // A backslash keeps a dot inside a name: .metadata.labels.app\.kubernetes\.io/name
                if character == "\\", let escaped = rest.first {
                    name.append(escaped)
                    rest = rest.dropFirst()
                } else {
                    name.append(character)
                }
            }
            if name == "*" {
                steps.append(.all)
            } else if !name.isEmpty {
                steps.append(.member(name))
            } else if rest.isEmpty {
                break
            }
        }
        guard !steps.isEmpty else { throw ColumnPathError(reason: "it is empty") }
        self.steps = steps
    }

    /// The `]` that ends the bracket at the start, quotes respected.
    private static func closing(_ text: Substring) -> Substring.Index? {
        var quote: Character?
        var depth = 0
        for index in text.indices {
            let character = text[index]
            if let open = quote {
                if character == open { quote = nil }
            } else if character == "'" || character == "\"" {
                quote = character
            } else if character == "[" {
                depth += 1
            } else if character == "]" {
                depth -= 1
                if depth == 0 { return index }
            }
        }
        return nil
    }

    private static func step(_ text: Substring) throws(ColumnPathError) -> Step {
        if text == "*" { return .all }
        if let index = Int(text) { return .index(index) }
        if let quote = text.first, quote == "'" || quote == "\"", text.last == quote, text.count >= 2 {
            return .member(String(text.dropFirst().dropLast()))
        }
        guard text.hasPrefix("?("), text.hasSuffix(")") else { throw ColumnPathError(reason: "[\(text)]") }
        let condition = text.dropFirst(2).dropLast()
        for mark in ["==", "!="] {
            guard let range = condition.firstRange(of: mark) else { continue }
            let left = condition[..<range.lowerBound].filter { $0 != " " }
            var right = condition[range.upperBound...].drop { $0 == " " }
            while right.last == " " { right = right.dropLast() }
            guard left.hasPrefix("@.") else { break }
            if let quote = right.first, quote == "'" || quote == "\"", right.last == quote, right.count >= 2 {
                right = right.dropFirst().dropLast()
            }
            return .filter(
                path: left.dropFirst(2).split(separator: ".").map(String.init),
                equals: String(right),
                isEqual: mark == "=="
            )
        }
        throw ColumnPathError(reason: "the filter \(text)")
    }

    /// All values at the path, in order; empty where there are none.
    package func values(in object: JSONValue) -> [JSONValue] {
        var values = [object]
        for step in steps {
            values = values.flatMap { value -> [JSONValue] in
                switch step {
                case .member(let name): return value[name].map { [$0] } ?? []
                case .index(let index):
                    let elements = value.array ?? []
                    let at = index < 0 ? elements.count + index : index
                    return elements.indices.contains(at) ? [elements[at]] : []
                case .all: return value.array ?? value.object.map { $0.sorted { $0.key < $1.key }.map(\.value) } ?? []
                case .filter(let path, let wanted, let isEqual):
                    return (value.array ?? []).filter { element in
                        let found = element[path: path]
                        let text = found?.string ?? found?.jsonText ?? ""
                        return (text == wanted) == isEqual
                    }
                }
            }
        }
        return values
    }
}

/// Why a column's path cannot be used.
package struct ColumnPathError: Error, Sendable, Equatable {
    package var reason: String
}
