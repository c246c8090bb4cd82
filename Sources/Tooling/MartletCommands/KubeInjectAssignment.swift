import ArgumentParser
import KubernetesAPI

/// One `PATH=VALUE` as Helm's `--set` has it: `values.global.proxy.logLevel=debug`, `a.b[0]=x`, `a.b\.c=x`,
/// `a={x,y}`; a comma that is not escaped would begin another assignment and is not read here.
struct KubeInjectAssignment: Sendable, Hashable {
    /// Member names; an index stands as `[0]`.
    let path: [String]
    let value: JSONValue
    private let text: String

    init(_ text: String) throws {
        self.text = text
        var path: [String] = []
        var name = ""
        var isEscaped = false
        var rest: Substring?
        for index in text.indices {
            let character = text[index]
            if isEscaped {
                name.append(character)
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else if character == "=" {
                rest = text[text.index(after: index)...]
                break
            } else if character == "." {
                path.append(name)
                name = ""
            } else if character == "[" {
                if !name.isEmpty { path.append(name) }
                name = "["
            } else {
                name.append(character)
            }
        }
        path.append(name)
        let parts = path.filter { !$0.isEmpty }
        guard let rest, !parts.isEmpty, parts.first?.hasPrefix("[") == false else {
            throw ValidationError("set \"\(text)\": must be PATH=VALUE, such as values.global.proxy.logLevel=debug")
        }
        self.path = parts
        value = Self.value(rest)
    }

    var unknown: ValidationError { ValidationError("set \"\(text)\": there is no such setting") }

    /// Sets the value; the first names of the path may stand for the value itself.
    func assign(in root: inout JSONValue, dropping count: Int) throws {
        let path = path.dropFirst(count)
        guard !path.isEmpty else { throw unknown }
        root = try Self.assigned(value, at: path, in: root, of: self)
    }

    private static func assigned(
        _ value: JSONValue,
        at path: ArraySlice<String>,
        in parent: JSONValue?,
        of assignment: KubeInjectAssignment
    ) throws -> JSONValue {
        guard let first = path.first else { return value }
        if first.hasPrefix("[") {
            // Helm fills gaps with null; nobody means a list of thousands.
            guard first.hasSuffix("]"), let index = UInt8(first.dropFirst().dropLast()) else {
                throw ValidationError("set \"\(assignment.text)\": \(first) is not an index from [0] to [255]")
            }
            var elements = parent?.array ?? []
            while elements.count <= Int(index) { elements.append(.null) }
            elements[Int(index)] = try assigned(value, at: path.dropFirst(), in: elements[Int(index)], of: assignment)
            return .array(elements)
        }
        var object = parent?.object == nil ? JSONValue.object([:]) : parent ?? .object([:])
        object[first] = try assigned(value, at: path.dropFirst(), in: object[first], of: assignment)
        return object
    }

    private static func value(_ text: Substring) -> JSONValue {
        if text.first == "{", text.last == "}" {
            let inner = text.dropFirst().dropLast()
            return .array(
                inner.isEmpty ? [] : inner.split(separator: ",", omittingEmptySubsequences: false).map(scalar)
            )
        }
        return scalar(text)
    }

    private static func scalar(_ text: Substring) -> JSONValue {
        switch text {
        case "true": .bool(true)
        case "false": .bool(false)
        case "null": .null
        default:
            // A number with a leading zero is a text, as in Helm.
            if let number = Int64(text), String(number) == text { .integer(number) } else { .string(unescaped(text)) }
        }
    }

    private static func unescaped(_ text: Substring) -> String {
        var result = ""
        var isEscaped = false
        for character in text {
            if character == "\\", !isEscaped {
                isEscaped = true
            } else {
                result.append(character)
                isEscaped = false
            }
        }
        return result
    }
}
