import KubernetesAPI

/// One evaluation of an expression: variables, and a budget that ends runaway rules.
struct CELEvaluation {
    /// Steps one rule may take; a list of 10,000 items under a simple rule stays below.
    static let stepLimit = 200_000

    var variables: [String: CELValue]
    private var steps = 0

    init(variables: [String: CELValue]) { self.variables = variables }

    mutating func value(of expression: CELExpression) throws(CELError) -> CELValue {
        steps += 1
        guard steps <= Self.stepLimit else { throw CELError("it takes more than \(Self.stepLimit) steps") }
        switch expression {
        case .literal(let value): return .json(value)
        case .variable(let name):
            guard let value = variables[name] else { throw CELError("\(name) has no value") }
            return value
        case .select(let target, let field):
            guard case .json(.object(let members)) = try value(of: target), let value = members[field] else {
                throw CELError("no such key: \(field)")
            }
            return .json(value)
        case .has(let target, let field):
            guard case .json(.object(let members)) = try value(of: target) else {
                throw CELError("has() on a value that has no fields")
            }
            return .bool(members[field] != nil)
        case .index(let target, let index): return try element(value(of: target), value(of: index))
        case .call(let function, let arguments):
            var values: [CELValue] = []
            for argument in arguments { values.append(try value(of: argument)) }
            return try call(function, values)
        case .matches(let text, let pattern):
            guard case .json(.string(let text)) = try value(of: text) else { throw Self.mismatch("matches") }
            return .bool(pattern.matches(text))
        case .list(let elements):
            var values: [JSONValue] = []
            for element in elements { values.append(try json(element)) }
            return .json(.array(values))
        case .map(let members):
            var values: [String: JSONValue] = [:]
            for (key, member) in members {
                guard let name = try json(key).string else {
                    throw CELError("map keys other than texts are not supported")
                }
                values[name] = try json(member)
            }
            return .json(.object(values))
        case .not(let operand): return .bool(!(try bool(operand)))
        case .negate(let operand):
            switch try value(of: operand) {
            case .json(.integer(let number)) where number != .min: return .json(.integer(-number))
            case .json(.number(let number)): return .json(.number(-number))
            default: throw Self.mismatch("-")
            }
        case .binary(.or, let left, let right): return .bool(try logic(left, right, decisive: true))
        case .binary(.and, let left, let right): return .bool(try logic(left, right, decisive: false))
        case .binary(let operation, let left, let right):
            return try Self.apply(operation, value(of: left), value(of: right))
        case .conditional(let condition, let yes, let no):
            return try bool(condition) ? value(of: yes) : value(of: no)
        case .comprehension(let macro, let target, let variable, let body):
            return try comprehension(macro, target, variable, body)
        }
    }

    static func mismatch(_ what: String) -> CELError { CELError("no such overload: \(what)") }

    private mutating func json(_ expression: CELExpression) throws(CELError) -> JSONValue {
        guard case .json(let value) = try value(of: expression) else {
            throw CELError("a list or map of such values is not supported")
        }
        return value
    }

    private mutating func bool(_ expression: CELExpression) throws(CELError) -> Bool {
        guard case .json(.bool(let value)) = try value(of: expression) else {
            throw CELError("the condition is no bool")
        }
        return value
    }

    /// An error of one side counts only when the other side does not decide.
    private mutating func logic(
        _ left: CELExpression,
        _ right: CELExpression,
        decisive: Bool
    ) throws(CELError) -> Bool {
        let first: Bool
        do throws(CELError) {
            first = try bool(left)
        } catch {
            if try bool(right) == decisive { return decisive }
            throw error
        }
        return first == decisive ? decisive : try bool(right)
    }

    private func element(_ target: CELValue, _ index: CELValue) throws(CELError) -> CELValue {
        switch (target, index) {
        case (.json(.array(let elements)), .json(let position)):
            guard let at = position.integer.flatMap({ Int(exactly: $0) }), elements.indices.contains(at) else {
                throw CELError("index out of bounds")
            }
            return .json(elements[at])
        case (.json(.object(let members)), .json(.string(let name))):
            guard let value = members[name] else { throw CELError("no such key: \(name)") }
            return .json(value)
        default: throw Self.mismatch("[]")
        }
    }

    private mutating func comprehension(
        _ macro: CELExpression.Macro,
        _ target: CELExpression,
        _ variable: String,
        _ body: CELExpression
    ) throws(CELError) -> CELValue {
        let elements: [JSONValue]
        switch try value(of: target) {
        case .json(.array(let list)): elements = list
        case .json(.object(let members)): elements = members.keys.sorted().map { .string($0) }
        default: throw Self.mismatch(macro.rawValue)
        }
        let shadowed = variables[variable]
        defer { variables[variable] = shadowed }
        var kept: [JSONValue] = []
        var failure: CELError?
        for element in elements {
            variables[variable] = .json(element)
            if macro == .map {
                kept.append(try json(body))
                continue
            }
            do throws(CELError) {
                let holds = try bool(body)
                if macro == .all, !holds { return .bool(false) }
                if macro == .exists, holds { return .bool(true) }
                if holds { kept.append(element) }
            } catch {
                guard macro == .all || macro == .exists, steps <= Self.stepLimit else { throw error }
                failure = error
            }
        }
        if let failure { throw failure }
        return switch macro {
        case .all: .bool(true)
        case .exists: .bool(false)
        case .existsOne: .bool(kept.count == 1)
        case .filter, .map: .json(.array(kept))
        }
    }
}
