package import KubernetesAPI

/// An object as it may be stored, and what its author should hear.
package struct PreparedObject: Sendable {
    package var json: JSONValue
    /// For `Warning` headers, such as `unknown field "spec.foo"`.
    package var warnings: [String]
}

extension ResourceDefinition {
    /// Prunes, checks types, applies defaults and validates: a new object from a request body to storage.
    ///
    /// Throws 400 when the JSON is not of this kind, 422 with causes when a value is refused.
    package func prepare(
        _ object: JSONValue,
        fieldValidation: FieldValidation = .warn
    ) throws(StatusError) -> PreparedObject {
        let decoded = try decode(object, fieldValidation: fieldValidation)
        try validate(decoded.json, old: nil, subresource: "")
        return decoded
    }

    /// The same for a change of a stored object; checks in addition that immutable fields stay.
    ///
    /// `subresource` is empty for the main resource, `status` for a status write (then only the status is validated
    /// against the schema and immutability is not checked).
    package func prepareUpdate(
        old: JSONValue,
        new: JSONValue,
        subresource: String = "",
        fieldValidation: FieldValidation = .warn
    ) throws(StatusError) -> PreparedObject {
        let decoded = try decode(new, fieldValidation: fieldValidation)
        try validate(decoded.json, old: old, subresource: subresource)
        return decoded
    }

    /// The first half of ``prepare(_:fieldValidation:)``: prunes, checks types, drops nulls and applies defaults.
    ///
    /// Call it again after mutating admission, then ``validate(_:old:subresource:)``.
    package func decode(
        _ object: JSONValue,
        fieldValidation: FieldValidation
    ) throws(StatusError) -> PreparedObject {
        PreparedObject(json: object, warnings: [])
    }

    /// The second half: required fields, enums, patterns, names, CEL rules and, with `old`, immutable fields.
    package func validate(_ object: JSONValue, old: JSONValue?, subresource: String) throws(StatusError) {}
}
