import KubernetesAPI
import RegularExpressions

/// Reads `openAPIV3Schema` of CustomResourceDefinitions.
struct CustomSchemaReader {
    private(set) var errors: [FieldError] = []
    /// What is accepted and not acted on.
    private(set) var warnings: [String] = []

    /// The schema of whole objects: apiVersion, kind and metadata are Kubernetes' own whatever is declared.
    mutating func root(_ json: JSONValue, _ type: ResourceType, at path: String) -> StructuralSchema {
        var traits = traits(json, at: path, isStructural: true)
        if traits.type != .object {
            errors.append(.invalid("\(path).type", json["type"] ?? "", "must be object at the root"))
        }
        let text = StructuralSchema(SchemaTraits(type: .string))
        traits.properties["apiVersion"] = text
        traits.properties["kind"] = text
        traits.properties["metadata"] = BuiltInKinds.metadata
        traits.typeName = Self.typeName(type)
        return StructuralSchema(traits)
    }

    /// `io.istio.networking.v1.Gateway` for `Gateway` of `networking.istio.io/v1`.
    static func typeName(_ type: ResourceType) -> String {
        (type.group.split(separator: ".").reversed().map(String.init) + [type.version, type.kind]).joined(
            separator: "."
        )
    }

    private mutating func schema(_ json: JSONValue, at path: String, isStructural: Bool) -> StructuralSchema {
        StructuralSchema(traits(json, at: path, isStructural: isStructural))
    }

    private mutating func traits(_ json: JSONValue, at path: String, isStructural: Bool) -> SchemaTraits {
        let preserves = json["x-kubernetes-preserve-unknown-fields"]?.bool == true
        let isIntOrString = json["x-kubernetes-int-or-string"]?.bool == true
        var traits = SchemaTraits(type: .any, preservesUnknown: preserves)
        switch json["type"]?.string {
        case let name? where !isIntOrString:
            guard let type = SchemaTraits.ValueType(rawValue: name), type != .any else {
                errors.append(
                    .notSupported(
                        "\(path).type",
                        .string(name),
                        ["array", "boolean", "integer", "number", "object", "string"]
                    )
                )
                return traits
            }
            traits.type = type
        default:
            if isIntOrString {
                traits.type = .intOrString
            } else if isStructural, !preserves, json["x-kubernetes-embedded-resource"]?.bool != true {
                errors.append(.required("\(path).type", "must not be empty for specified object fields"))
            } else {
                traits.preservesUnknown = true
            }
        }
        traits.format = isIntOrString ? "int-or-string" : json["format"]?.string ?? ""
        traits.summary = json["description"]?.string ?? ""
        traits.isNullable = json["nullable"]?.bool == true
        traits.isEmbeddedResource = json["x-kubernetes-embedded-resource"]?.bool == true
        for (name, property) in json["properties"]?.object ?? [:] {
            traits.properties[name] = schema(property, at: "\(path).properties[\(name)]", isStructural: isStructural)
        }
        switch json["additionalProperties"] {
        case .bool(true): traits.preservesUnknown = true
        case .object(let members):
            traits.additional = schema(.object(members), at: "\(path).additionalProperties", isStructural: isStructural)
        default: break
        }
        if let items = json["items"] {
            traits.items = schema(items, at: "\(path).items", isStructural: isStructural)
        } else if traits.type == .array, isStructural {
            errors.append(.required("\(path).items", "must be specified"))
        }
        traits.required = (json["required"]?.array ?? []).compactMap(\.string)
        traits.defaultValue = json["default"]
        readLists(json, &traits)
        readConstraints(json, &traits, at: path)
        traits.allOf = branches(json, "allOf", at: path)
        traits.anyOf = isIntOrString ? [] : branches(json, "anyOf", at: path)
        traits.oneOf = branches(json, "oneOf", at: path)
        if let not = json["not"] { traits.not = schema(not, at: "\(path).not", isStructural: false) }
        for rule in json["x-kubernetes-validations"]?.array ?? [] { readRule(rule, &traits, at: path) }
        return traits
    }

    private mutating func branches(_ json: JSONValue, _ name: String, at path: String) -> [StructuralSchema] {
        (json[name]?.array ?? []).enumerated().map { index, branch in
            schema(branch, at: "\(path).\(name)[\(index)]", isStructural: false)
        }
    }

    private func readLists(_ json: JSONValue, _ traits: inout SchemaTraits) {
        traits.listType = json["x-kubernetes-list-type"]?.string.flatMap(SchemaTraits.ListType.init)
        traits.listMapKeys = (json["x-kubernetes-list-map-keys"]?.array ?? []).compactMap(\.string)
        traits.isAtomicMap = json["x-kubernetes-map-type"] == "atomic"
    }

    private mutating func readConstraints(_ json: JSONValue, _ traits: inout SchemaTraits, at path: String) {
        func whole(_ name: String) -> Int? { json[name]?.integer.flatMap { Int(exactly: $0) } }
        var limits = ValueConstraints()
        limits.allowed = json["enum"]?.array
        limits.minimum = json["minimum"]?.double
        limits.maximum = json["maximum"]?.double
        limits.isMinimumExclusive = json["exclusiveMinimum"]?.bool == true
        limits.isMaximumExclusive = json["exclusiveMaximum"]?.bool == true
        limits.multipleOf = json["multipleOf"]?.double
        limits.minLength = whole("minLength")
        limits.maxLength = whole("maxLength")
        limits.minItems = whole("minItems")
        limits.maxItems = whole("maxItems")
        limits.hasUniqueItems = json["uniqueItems"]?.bool == true
        limits.minProperties = whole("minProperties")
        limits.maxProperties = whole("maxProperties")
        if let pattern = json["pattern"]?.string, !pattern.isEmpty {
            do throws(RegularExpressionError) {
                limits.pattern = try SearchPattern(pattern)
            } catch {
                warnings.append("\(path): the pattern '\(pattern)' is not checked: \(error.description)")
            }
        }
        traits.constraints = limits
    }

    private mutating func readRule(_ json: JSONValue, _ traits: inout SchemaTraits, at path: String) {
        let text = json["rule"]?.string ?? ""
        let oneLine = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        do throws(CELError) {
            let (expression, used) = try CELParser.parse(text)
            var made: CELExpression?
            if let message = json["messageExpression"]?.string { made = try CELParser.parse(message).expression }
            traits.rules.append(
                ValidationRule(
                    rule: oneLine,
                    message: json["message"]?.string ?? "",
                    expression: expression,
                    messageExpression: made,
                    reason: json["reason"]?.string.flatMap(FieldError.Reason.init) ?? .invalid,
                    fieldPath: json["fieldPath"]?.string ?? "",
                    usesOldSelf: used.contains("oldSelf")
                )
            )
        } catch {
            warnings.append("\(path): the rule '\(oneLine)' is not checked: \(error.description)")
        }
    }
}
