import KubernetesAPI

/// One walk over an object: unknown fields out, nulls out, types checked, defaults in.
///
/// A pure function over values with a memory for what it found.
struct ObjectDecoder {
    /// Of custom kinds wrong types are told as validation does (422), of built-in kinds as Go's decoder does (400).
    let isCustom: Bool
    private(set) var unknown: [String] = []
    private(set) var errors: [FieldError] = []
    /// Built-in kinds: the first value of a wrong type.
    private(set) var mismatch: String?

    private let kind: String

    init(isCustom: Bool, kind: String) {
        self.isCustom = isCustom
        self.kind = kind
    }

    /// The value as it may be stored; nil when it is to be left out.
    mutating func decode(_ value: JSONValue, _ schema: StructuralSchema, at path: String) -> JSONValue? {
        let traits = schema.traits
        switch value {
        case .null:
            return traits.isNullable || (traits.type == .any && isCustom) ? .null : nil
        case .object(let members):
            guard traits.type == .object || traits.type == .any else { return wrong(value, traits, path) }
            if traits.format == "quantity" { return wrong(value, traits, path) }
            return decode(members, schema, at: path)
        case .array(let elements):
            guard traits.type == .array || traits.type == .any else { return wrong(value, traits, path) }
            guard let items = traits.items else { return value }
            var result: [JSONValue] = []
            result.reserveCapacity(elements.count)
            for (index, element) in elements.enumerated() {
                let at = "\(path)[\(index)]"
                if element.isNull, !items.traits.isNullable, items.traits.type != .any {
                    if isCustom { _ = wrong(element, items.traits, at) }
                    continue
                }
                if let element = decode(element, items, at: at) { result.append(element) }
            }
            return .array(result)
        case .string:
            switch traits.type {
            case .string, .intOrString, .any: return value
            default: return wrong(value, traits, path)
            }
        case .bool:
            return traits.type == .boolean || (traits.type == .any && traits.format != "quantity")
                ? value : wrong(value, traits, path)
        case .integer(let number):
            switch traits.type {
            case .number, .intOrString: return value
            case .any: return traits.format == "quantity" ? .string(String(number)) : value
            case .integer:
                if traits.format == "int32", Int32(exactly: number) == nil { return wrong(value, traits, path) }
                return value
            default: return wrong(value, traits, path)
            }
        case .number(let number):
            switch traits.type {
            case .number: return value
            case .any: return traits.format == "quantity" ? .string(Quantity.text(number)) : value
            case .integer, .intOrString:
                guard let whole = Int64(exactly: number) else { return wrong(value, traits, path) }
                return .integer(whole)
            default: return wrong(value, traits, path)
            }
        }
    }

    private mutating func decode(
        _ members: [String: JSONValue],
        _ schema: StructuralSchema,
        at path: String
    ) -> JSONValue? {
        let traits = schema.traits
        var result: [String: JSONValue] = [:]
        result.reserveCapacity(members.count)
        for (name, member) in members {
            let known: StructuralSchema
            if let property = traits.properties[name] ?? traits.additional {
                known = property
            } else if traits.isEmbeddedResource, let property = Self.embedded[name] {
                known = property
            } else {
                if traits.preservesUnknown {
                    result[name] = member
                } else {
                    unknown.append(Self.join(path, name))
                }
                continue
            }
            if let value = decode(member, known, at: Self.join(path, name)) { result[name] = value }
        }
        for name in schema.defaultedProperties where result[name] == nil {
            guard let property = traits.properties[name], let value = property.traits.defaultValue else { continue }
            // Through the decoder, so that the default's own members get their defaults.
            result[name] = decode(value, property, at: Self.join(path, name))
        }
        return .object(result)
    }

    private static let embedded: [String: StructuralSchema] = [
        "apiVersion": StructuralSchema(SchemaTraits(type: .string)),
        "kind": StructuralSchema(SchemaTraits(type: .string)),
        "metadata": BuiltInKinds.metadata,
    ]

    static func join(_ path: String, _ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }

    private mutating func wrong(_ value: JSONValue, _ traits: SchemaTraits, _ path: String) -> JSONValue? {
        let found = Self.typeName(value)
        if isCustom {
            let wanted = traits.type == .intOrString ? "integer or string" : traits.type.rawValue
            errors.append(
                .typeInvalid(path, .string(found), "\(path) in body must be of type \(wanted): \"\(found)\"")
            )
        } else if mismatch == nil {
            let word = found == "integer" ? "number" : found == "boolean" ? "bool" : found
            mismatch =
                "json: cannot unmarshal \(word) into Go struct field \(kind).\(path) of type \(Self.goType(traits))"
        }
        return value
    }

    static func typeName(_ value: JSONValue) -> String {
        switch value {
        case .null: "null"
        case .bool: "boolean"
        case .integer: "integer"
        case .number: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }

    private static func goType(_ traits: SchemaTraits) -> String {
        switch traits.type {
        case .boolean: "bool"
        case .integer: traits.format.isEmpty ? "int64" : traits.format
        case .number: "float64"
        case .intOrString: "intstr.IntOrString"
        case .string: traits.format == "date-time" ? "v1.Time" : "string"
        case .array: "[]" + (traits.items.map { goType($0.traits) } ?? "interface {}")
        case .object, .any:
            traits.typeName.map { name in
                let parts = name.split(separator: ".").suffix(2)
                return parts.joined(separator: ".")
            } ?? (traits.format == "quantity" ? "resource.Quantity" : "map[string]string")
        }
    }
}
