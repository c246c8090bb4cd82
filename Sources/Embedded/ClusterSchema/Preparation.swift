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
        try checkType(object)
        var decoder = ObjectDecoder(isCustom: isCustom, kind: type.kind)
        guard var json = decoder.decode(object, schema, at: "") else {
            throw StatusError(.badRequest, "the object provided is no JSON object")
        }
        let name = object[path: ["metadata", "name"]]?.string ?? ""
        if let mismatch = decoder.mismatch { throw refusal(mismatch) }
        if !decoder.errors.isEmpty { throw .invalid(type, name, decoder.errors) }
        let unknown = decoder.unknown.sorted().map { "unknown field \"\($0)\"" }
        if fieldValidation == .strict, !unknown.isEmpty {
            throw refusal("strict decoding error: " + unknown.joined(separator: ", "))
        }
        json["apiVersion"] = .string(type.apiVersion)
        json["kind"] = .string(type.kind)
        if json["metadata"] == nil { json["metadata"] = [:] }
        if !isCustom { Defaults.apply(to: &json, type) }
        return PreparedObject(json: json, warnings: fieldValidation == .warn ? unknown : [])
    }

    private func refusal(_ why: String) -> StatusError {
        StatusError(
            .badRequest,
            "\(type.kind) in version \"\(type.version)\" cannot be handled as a \(type.kind): \(why)"
        )
    }

    private func checkType(_ object: JSONValue) throws(StatusError) {
        guard case .object(let members) = object else {
            throw StatusError(.badRequest, "couldn't get version/kind; json parse error: the body is no JSON object")
        }
        if let version = members["apiVersion"]?.string, version != type.apiVersion {
            throw StatusError(
                .badRequest,
                "the API version in the data (\(version)) does not match the expected API version (\(type.apiVersion))"
            )
        }
        if let kind = members["kind"]?.string, kind != type.kind {
            throw StatusError(
                .badRequest,
                "the kind in the data (\(kind)) does not match the expected kind (\(type.kind))"
            )
        }
    }

    /// The second half: required fields, enums, patterns, names, CEL rules and, with `old`, immutable fields.
    ///
    /// Takes what ``decode(_:fieldValidation:)`` returned, with `metadata.name` set.
    package func validate(_ object: JSONValue, old: JSONValue?, subresource: String) throws(StatusError) {
        var validator = SchemaValidator(isCustom: isCustom)
        validator.validate(object, old: old, schema, at: "")
        var errors = validator.errors
        if subresource.isEmpty {
            errors += MetadataRules.errors(object, old: old, type)
            if !isCustom {
                errors += KindRules.errors(object, type)
                if let old { errors += ImmutableFields.errors(old: old, new: object, type) }
            }
        }
        guard errors.isEmpty else {
            throw .invalid(type, object[path: ["metadata", "name"]]?.string ?? "", errors)
        }
    }
}
