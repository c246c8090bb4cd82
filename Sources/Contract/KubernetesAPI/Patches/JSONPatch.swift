/// JSON Patch (RFC 6902), `application/json-patch+json`: steps that all happen or none.
package struct JSONPatch: Sendable, Hashable {
    /// One operation of RFC 6902 with its arguments.
    package enum Operation: Sendable, Hashable {
        case add(JSONPointer, JSONValue)
        case remove(JSONPointer)
        case replace(JSONPointer, JSONValue)
        case move(from: JSONPointer, to: JSONPointer)
        case copy(from: JSONPointer, to: JSONPointer)
        case test(JSONPointer, JSONValue)
    }

    package var operations: [Operation]

    /// A patch with more operations is refused, as Kubernetes refuses it.
    package static let operationLimit = 10_000

    package init(operations: [Operation]) { self.operations = operations }

    /// Reads the list of operations. Throws `.badRequest` that names the first operation that is none.
    package init(_ json: JSONValue) throws(StatusError) {
        guard let list = json.array else { throw StatusError(.badRequest, "a JSON patch must be a list of operations") }
        guard list.count <= Self.operationLimit else {
            throw StatusError(
                .requestEntityTooLarge,
                "The allowed maximum operations in a JSON patch is \(Self.operationLimit), got \(list.count)"
            )
        }
        operations = []
        operations.reserveCapacity(list.count)
        for (index, step) in list.enumerated() { operations.append(try Operation(step, index: index)) }
    }

    package var json: JSONValue { .array(operations.map(\.json)) }

    /// The value after all operations. Throws `.invalid` that names the operation that cannot be done.
    package func apply(to value: JSONValue) throws(StatusError) -> JSONValue {
        var value = value
        for (index, operation) in operations.enumerated() {
            try operation.apply(to: &value, index: index)
        }
        return value
    }
}

extension JSONPatch.Operation {
    init(_ json: JSONValue, index: Int) throws(StatusError) {
        func refusal(_ why: String) -> StatusError {
            StatusError(.badRequest, "operation \(index) of the JSON patch \(why)")
        }
        func pointer(_ member: String) throws(StatusError) -> JSONPointer {
            guard let text = json[member]?.string else { throw refusal("needs \"\(member)\", a string") }
            guard let pointer = JSONPointer(text) else {
                throw refusal("has a \(member) that is no JSON pointer: \"\(text)\"")
            }
            return pointer
        }
        func value() throws(StatusError) -> JSONValue {
            guard let value = json["value"] else { throw refusal("needs \"value\"") }
            return value
        }
        guard let name = json["op"]?.string else { throw refusal("needs \"op\"") }
        switch name {
        case "add": self = .add(try pointer("path"), try value())
        case "remove": self = .remove(try pointer("path"))
        case "replace": self = .replace(try pointer("path"), try value())
        case "move": self = .move(from: try pointer("from"), to: try pointer("path"))
        case "copy": self = .copy(from: try pointer("from"), to: try pointer("path"))
        case "test": self = .test(try pointer("path"), try value())
        default: throw refusal("has an op that does not exist: \"\(name)\"")
        }
    }

    package var json: JSONValue {
        func step(_ name: String, _ path: JSONPointer, _ more: [String: JSONValue] = [:]) -> JSONValue {
            .object(more.merging(["op": .string(name), "path": .string(path.description)]) { _, new in new })
        }
        switch self {
        case .add(let path, let value): return step("add", path, ["value": value])
        case .remove(let path): return step("remove", path)
        case .replace(let path, let value): return step("replace", path, ["value": value])
        case .move(let from, let path): return step("move", path, ["from": .string(from.description)])
        case .copy(let from, let path): return step("copy", path, ["from": .string(from.description)])
        case .test(let path, let value): return step("test", path, ["value": value])
        }
    }

    fileprivate func apply(to root: inout JSONValue, index: Int) throws(StatusError) {
        func refusal(_ name: String, _ path: JSONPointer, _ why: String) -> StatusError {
            StatusError(.invalid, "operation \(index) of the JSON patch cannot \(name) \"\(path)\": \(why)")
        }
        func present(_ name: String, _ path: JSONPointer) throws(StatusError) -> JSONValue {
            guard let value = path.value(in: root) else { throw refusal(name, path, "there is no such place") }
            return value
        }
        func edit(_ name: String, _ path: JSONPointer, _ edit: JSONEdit) throws(StatusError) {
            guard root.edit(path.tokens[...], edit) else { throw refusal(name, path, "there is no such place") }
        }
        switch self {
        case .add(let path, let value): try edit("add", path, .add(value))
        case .remove(let path): try edit("remove", path, .remove)
        case .replace(let path, let value): try edit("replace", path, .replace(value))
        case .copy(let from, let path): try edit("copy to", path, .add(try present("copy from", from)))
        case .move(let from, let path):
            let value = try present("move from", from)
            if from == path { return }
            guard !path.tokens.starts(with: from.tokens) else {
                throw refusal("move to", path, "it lies inside what is moved")
            }
            try edit("move from", from, .remove)
            try edit("move to", path, .add(value))
        case .test(let path, let value):
            guard try present("test", path).isEquivalent(to: value) else {
                throw refusal("test", path, "the value is another one")
            }
        }
    }
}

/// What to do at the end of a pointer.
private enum JSONEdit {
    case add(JSONValue)
    case replace(JSONValue)
    case remove
}

extension JSONValue {
    /// False when the place does not exist; then nothing has changed.
    fileprivate mutating func edit(_ tokens: ArraySlice<String>, _ edit: JSONEdit) -> Bool {
        guard let token = tokens.first else {
            switch edit {
            case .add(let value), .replace(let value): self = value
            case .remove: self = .null
            }
            return true
        }
        let isLast = tokens.count == 1
        switch self {
        case .object(var members):
            let present = members[token]
            if isLast {
                switch edit {
                case .add(let value): members[token] = value
                case .replace(let value):
                    guard present != nil else { return false }
                    members[token] = value
                case .remove:
                    guard present != nil else { return false }
                    members[token] = nil
                }
            } else {
                guard var child = present, child.edit(tokens.dropFirst(), edit) else { return false }
                members[token] = child
            }
            self = .object(members)
        case .array(var elements):
            if isLast, case .add(let value) = edit {
                guard let index = token == "-" ? elements.count : JSONPointer.index(token), index <= elements.count
                else {
                    return false
                }
                elements.insert(value, at: index)
            } else {
                guard let index = JSONPointer.index(token), index < elements.count else { return false }
                if !isLast {
                    guard elements[index].edit(tokens.dropFirst(), edit) else { return false }
                } else if case .replace(let value) = edit {
                    elements[index] = value
                } else {
                    elements.remove(at: index)
                }
            }
            self = .array(elements)
        default: return false
        }
        return true
    }

    /// Equality that takes `1` and `1.0` for the same number (RFC 6902 section 4.6).
    package func isEquivalent(to other: JSONValue) -> Bool {
        switch (self, other) {
        case (.object(let left), .object(let right)):
            left.count == right.count && left.allSatisfy { right[$0.key]?.isEquivalent(to: $0.value) ?? false }
        case (.array(let left), .array(let right)):
            left.count == right.count && zip(left, right).allSatisfy { $0.isEquivalent(to: $1) }
        case (.integer, .number), (.number, .integer): double == other.double
        default: self == other
        }
    }
}
