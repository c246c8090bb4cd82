import KubernetesAPI

extension CELEvaluation {
    static func apply(
        _ operation: CELExpression.Operation,
        _ left: CELValue,
        _ right: CELValue
    ) throws(CELError) -> CELValue {
        switch operation {
        case .equal: return .bool(isEqual(left, right))
        case .notEqual: return .bool(!isEqual(left, right))
        case .less: return .bool(try compare(left, right) < 0)
        case .lessOrEqual: return .bool(try compare(left, right) <= 0)
        case .greater: return .bool(try compare(left, right) > 0)
        case .greaterOrEqual: return .bool(try compare(left, right) >= 0)
        case .isIn:
            switch (left, right) {
            case (.json(let value), .json(.array(let elements))): return .bool(elements.contains { same($0, value) })
            case (.json(.string(let name)), .json(.object(let members))): return .bool(members[name] != nil)
            default: throw mismatch("in")
            }
        case .add, .subtract, .multiply, .divide, .remainder: return try arithmetic(operation, left, right)
        case .or, .and: throw mismatch(operation.rawValue)
        }
    }

    static func isEqual(_ left: CELValue, _ right: CELValue) -> Bool {
        if case .json(let left) = left, case .json(let right) = right { return same(left, right) }
        return left == right
    }

    /// 1 and 1.0 are equal.
    private static func same(_ left: JSONValue, _ right: JSONValue) -> Bool {
        if left == right { return true }
        guard let first = left.double, let second = right.double else { return false }
        return first == second
    }

    /// Below, at or above zero as `left` is less than, equal to or greater than `right`.
    static func compare(_ left: CELValue, _ right: CELValue) throws(CELError) -> Int {
        func order<T: Comparable>(_ left: T, _ right: T) -> Int { left < right ? -1 : left == right ? 0 : 1 }
        switch (left, right) {
        case (.json(.integer(let first)), .json(.integer(let second))): return order(first, second)
        case (.json(.string(let first)), .json(.string(let second))):
            // Go compares bytes.
            return first == second ? 0 : first.utf8.lexicographicallyPrecedes(second.utf8) ? -1 : 1
        case (.json(.bool(let first)), .json(.bool(let second))): return order(first ? 1 : 0, second ? 1 : 0)
        case (.json(let first), .json(let second)):
            guard let first = first.double, let second = second.double else { throw mismatch("<") }
            return order(first, second)
        case (.duration(let first), .duration(let second)): return order(first, second)
        case (.timestamp(let first), .timestamp(let second)): return order(first, second)
        case (.quantity(let first), .quantity(let second)): return order(first, second)
        default: throw mismatch("<")
        }
    }

    private static func arithmetic(
        _ operation: CELExpression.Operation,
        _ left: CELValue,
        _ right: CELValue
    ) throws(CELError) -> CELValue {
        switch (left, right) {
        case (.json(.integer(let first)), .json(.integer(let second))):
            if operation == .divide || operation == .remainder, second == 0 { throw CELError("division by zero") }
            let (result, overflow) =
                switch operation {
                case .add: first.addingReportingOverflow(second)
                case .subtract: first.subtractingReportingOverflow(second)
                case .multiply: first.multipliedReportingOverflow(by: second)
                case .divide: first.dividedReportingOverflow(by: second)
                default: first.remainderReportingOverflow(dividingBy: second)
                }
            if overflow { throw CELError("integer overflow") }
            return .json(.integer(result))
        case (.json(.number(let first)), .json(.number(let second))):
            switch operation {
            case .add: return .json(.number(first + second))
            case .subtract: return .json(.number(first - second))
            case .multiply: return .json(.number(first * second))
            case .divide: return .json(.number(first / second))
            default: throw mismatch(operation.rawValue)
            }
        case (.json(.string(let first)), .json(.string(let second))) where operation == .add:
            return .text(first + second)
        case (.json(.array(let first)), .json(.array(let second))) where operation == .add:
            return .json(.array(first + second))
        case (.duration(let first), .duration(let second)) where operation == .add: return .duration(first + second)
        case (.duration(let first), .duration(let second)) where operation == .subtract:
            return .duration(first - second)
        default: throw mismatch(operation.rawValue)
        }
    }
}
