import KubernetesAPI
import RegularExpressions

/// Compiles a rule: every name and function in it is known when this succeeds.
struct CELParser {
    /// Deeper nesting is refused.
    private static let depthLimit = 64
    /// A longer rule is refused: chains nest as deep as they are long.
    private static let tokenLimit = 1000

    private let tokens: [CELLexer.Token]
    private var offset = 0
    private var depth = 0
    private var variables: [String]
    private(set) var used: Set<String> = []

    /// `variables` are the names the rule may use.
    static func parse(
        _ rule: String,
        variables: [String] = ["self", "oldSelf"]
    ) throws(CELError) -> (expression: CELExpression, used: Set<String>) {
        let tokens = try CELLexer.tokens(of: rule)
        guard tokens.count <= tokenLimit else { throw CELError("it has more than \(tokenLimit) tokens") }
        var parser = CELParser(tokens: tokens, variables: variables)
        let expression = try parser.expression()
        guard parser.current == .end else { throw parser.unexpected() }
        return (expression, parser.used)
    }

    private init(tokens: [CELLexer.Token], variables: [String]) {
        self.tokens = tokens
        self.variables = variables
    }

    private var current: CELLexer.Token { offset < tokens.count ? tokens[offset] : .end }

    private func unexpected() -> CELError {
        switch current {
        case .end: CELError("the rule ends too early")
        case .symbol(let text), .identifier(let text): CELError("'\(text)' is not expected here")
        case .literal(let value): CELError("\(value.jsonText) is not expected here")
        }
    }

    private mutating func take(_ symbol: String) -> Bool {
        guard current == .symbol(symbol) else { return false }
        offset += 1
        return true
    }

    private mutating func expect(_ symbol: String) throws(CELError) {
        guard take(symbol) else { throw unexpected() }
    }

    private mutating func expression() throws(CELError) -> CELExpression {
        depth += 1
        defer { depth -= 1 }
        guard depth < Self.depthLimit else { throw CELError("nested deeper than \(Self.depthLimit)") }
        let condition = try binary(level: 0)
        guard take("?") else { return condition }
        let yes = try binary(level: 0)
        try expect(":")
        return .conditional(condition, yes, try expression())
    }

    private static let levels: [[CELExpression.Operation]] = [
        [.or], [.and], [.equal, .notEqual, .lessOrEqual, .less, .greaterOrEqual, .greater, .isIn], [.add, .subtract],
        [.multiply, .divide, .remainder],
    ]

    private mutating func binary(level: Int) throws(CELError) -> CELExpression {
        guard level < Self.levels.count else { return try unary() }
        var left = try binary(level: level + 1)
        while case .symbol(let text) = current, let operation = Self.levels[level].first(where: { $0.rawValue == text })
        {
            offset += 1
            left = .binary(operation, left, try binary(level: level + 1))
        }
        return left
    }

    private mutating func unary() throws(CELError) -> CELExpression {
        var marks: [String] = []
        while case .symbol(let text) = current, text == "!" || text == "-" {
            marks.append(text)
            offset += 1
        }
        var value = try member()
        for mark in marks.reversed() { value = mark == "!" ? .not(value) : .negate(value) }
        return value
    }

    private mutating func member() throws(CELError) -> CELExpression {
        var value = try primary()
        while true {
            if take(".") {
                guard case .identifier(let name) = current else { throw unexpected() }
                offset += 1
                value = take("(") ? try method(name, on: value) : .select(value, Self.fieldName(name))
            } else if take("[") {
                value = .index(value, try expression())
                try expect("]")
            } else {
                return value
            }
        }
    }

    /// Kubernetes writes field names that CEL could not hold with `__` escapes.
    private static func fieldName(_ name: String) -> String {
        guard name.contains("__") else { return name }
        var result = name
        for (escape, text) in [("__dot__", "."), ("__dash__", "-"), ("__slash__", "/"), ("__underscores__", "__")] {
            var parts: [Substring] = []
            var rest = result[...]
            while let range = rest.firstRange(of: escape) {
                parts.append(rest[..<range.lowerBound])
                rest = rest[range.upperBound...]
            }
            result = (parts + [rest]).joined(separator: text)
        }
        if result.hasPrefix("__"), result.hasSuffix("__"), result.count > 4 {
            result = String(result.dropFirst(2).dropLast(2))
        }
        return result
    }

    private mutating func arguments(closedBy close: String) throws(CELError) -> [CELExpression] {
        var list: [CELExpression] = []
        while !take(close) {
            list.append(try expression())
            if take(",") { continue }
            try expect(close)
            break
        }
        return list
    }

    private mutating func method(_ name: String, on target: CELExpression) throws(CELError) -> CELExpression {
        if let macro = CELExpression.Macro(rawValue: name) {
            guard case .identifier(let variable) = current else { throw unexpected() }
            offset += 1
            guard take(",") else { throw unexpected() }
            variables.append(variable)
            defer { variables.removeLast() }
            let body = try expression()
            guard take(")") else { throw CELError("\(name) with more than two arguments is not supported") }
            return .comprehension(macro, over: target, variable: variable, body: body)
        }
        return try call(name, [target] + arguments(closedBy: ")"))
    }

    private func call(_ name: String, _ arguments: [CELExpression]) throws(CELError) -> CELExpression {
        guard let function = CELFunction(rawValue: name) else {
            throw CELError("the function \(name) is not supported")
        }
        guard function.arity.contains(arguments.count) else {
            throw CELError("\(name) with \(arguments.count) arguments is not supported")
        }
        if function == .matches, case .literal(.string(let pattern)) = arguments[1] {
            do throws(RegularExpressionError) {
                return .matches(arguments[0], try SearchPattern(pattern))
            } catch {
                throw CELError(error.description)
            }
        }
        return .call(function, arguments)
    }

    private mutating func primary() throws(CELError) -> CELExpression {
        switch current {
        case .literal(let value):
            offset += 1
            return .literal(value)
        case .identifier(let name):
            offset += 1
            if take("(") {
                let list = try arguments(closedBy: ")")
                guard name == "has" else { return try call(name, list) }
                guard list.count == 1, case .select(let target, let field) = list[0] else {
                    throw CELError("has() wants a field")
                }
                return .has(target, field)
            }
            guard variables.contains(name) else { throw CELError("the variable \(name) is not known") }
            used.insert(name)
            return .variable(name)
        case .symbol("("):
            offset += 1
            let value = try expression()
            try expect(")")
            return value
        case .symbol("["):
            offset += 1
            return .list(try arguments(closedBy: "]"))
        case .symbol("{"):
            offset += 1
            var members: [(CELExpression, CELExpression)] = []
            while !take("}") {
                let key = try expression()
                try expect(":")
                members.append((key, try expression()))
                if take(",") { continue }
                try expect("}")
                break
            }
            return .map(members)
        default: throw unexpected()
        }
    }
}
