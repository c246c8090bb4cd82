package import KubernetesAPI

/// One field and what is wrong with it, in the words of Kubernetes' `field.Error`.
package struct FieldError: Sendable, Hashable {
    /// As `details.causes[].reason` spells it.
    package enum Reason: String, Sendable {
        case required = "FieldValueRequired"
        case invalid = "FieldValueInvalid"
        case notSupported = "FieldValueNotSupported"
        case duplicate = "FieldValueDuplicate"
        case forbidden = "FieldValueForbidden"
        case typeInvalid = "FieldValueTypeInvalid"
        case tooLong = "FieldValueTooLong"
        case tooMany = "FieldValueTooMany"
    }

    package var reason: Reason
    /// A path such as `spec.containers[0].name`.
    package var field: String
    /// What follows the path, such as `Required value: must be set`.
    package var message: String

    static func required(_ field: String, _ detail: String = "") -> FieldError {
        FieldError(
            reason: .required,
            field: field,
            message: detail.isEmpty ? "Required value" : "Required value: \(detail)"
        )
    }

    static func invalid(_ field: String, _ value: JSONValue, _ detail: String) -> FieldError {
        FieldError(reason: .invalid, field: field, message: "Invalid value: \(shown(value)): \(detail)")
    }

    static func typeInvalid(_ field: String, _ value: JSONValue, _ detail: String) -> FieldError {
        FieldError(reason: .typeInvalid, field: field, message: "Invalid value: \(shown(value)): \(detail)")
    }

    static func notSupported(_ field: String, _ value: JSONValue, _ allowed: [String]) -> FieldError {
        let list = allowed.map { "\"\($0)\"" }.joined(separator: ", ")
        return FieldError(
            reason: .notSupported,
            field: field,
            message: "Unsupported value: \(shown(value)): supported values: \(list)"
        )
    }

    static func duplicate(_ field: String, _ value: JSONValue) -> FieldError {
        FieldError(reason: .duplicate, field: field, message: "Duplicate value: \(shown(value))")
    }

    static func forbidden(_ field: String, _ detail: String) -> FieldError {
        FieldError(reason: .forbidden, field: field, message: "Forbidden: \(detail)")
    }

    static func tooLong(_ field: String, _ limit: Int) -> FieldError {
        FieldError(reason: .tooLong, field: field, message: "Too long: may not be more than \(limit) bytes")
    }

    /// Text in quotes, everything else as JSON; long values are cut so that a message stays readable.
    private static func shown(_ value: JSONValue) -> String {
        let text = value.jsonText
        return text.utf8.count <= 512 ? text : String(text.prefix(500)) + "..."
    }
}

extension StatusError {
    /// 422 with one cause per error: `Deployment.apps "x" is invalid: spec.selector: Required value`.
    package static func invalid(_ type: ResourceType, _ name: String, _ errors: [FieldError]) -> StatusError {
        let listed = errors.prefix(64).map { "\($0.field): \($0.message)" }
        let what = listed.count == 1 ? listed[0] : "[\(listed.joined(separator: ", "))]"
        let kind = type.group.isEmpty ? type.kind : "\(type.kind).\(type.group)"
        var error = StatusError(.invalid, "\(kind) \"\(name)\" is invalid: \(what)")
        error.group = type.group
        error.kind = type.kind
        error.name = name
        error.causes = errors.map { Cause(reason: $0.reason.rawValue, message: $0.message, field: $0.field) }
        return error
    }
}
