import KubernetesAPI

/// One compiled rule of `x-kubernetes-validations`.
package struct ValidationRule: Sendable {
    package var rule: String
    package var message: String
    var expression: CELExpression
    /// A CEL expression that makes the message.
    var messageExpression: CELExpression?
    var reason: FieldError.Reason
    /// Below the place of the rule, such as `.spec.host`.
    var fieldPath: String
    /// It compares with the stored object, so it holds for new objects.
    var usesOldSelf: Bool

    /// What is wrong with the value; nil when the rule holds.
    func failure(_ value: JSONValue, old: JSONValue?, at path: String) -> FieldError? {
        if usesOldSelf, old == nil { return nil }
        var variables: [String: CELValue] = ["self": .json(value)]
        if let old { variables["oldSelf"] = .json(old) }
        let field = path + (path.isEmpty ? String(fieldPath.drop { $0 == "." }) : fieldPath)
        var evaluation = CELEvaluation(variables: variables)
        do throws(CELError) {
            if try evaluation.value(of: expression) == .bool(true) { return nil }
        } catch {
            return .invalid(field, Self.shown(value), "rule \"\(rule)\" could not be evaluated: \(error.description)")
        }
        var text = message.isEmpty ? "failed rule: \(rule)" : message
        var second = CELEvaluation(variables: variables)
        if let messageExpression, case .json(.string(let made))? = try? second.value(of: messageExpression),
            !made.isEmpty
        {
            text = made
        }
        switch reason {
        case .required: return .required(field, text)
        case .forbidden: return .forbidden(field, text)
        case .duplicate: return .duplicate(field, value)
        default: return .invalid(field, Self.shown(value), text)
        }
    }

    /// Kubernetes prints only the type of what is not a simple value.
    private static func shown(_ value: JSONValue) -> JSONValue {
        switch value {
        case .object: "object"
        case .array: "array"
        default: value
        }
    }
}
