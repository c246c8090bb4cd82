import KubernetesAPI

/// Checks a decoded object against its schema: required fields, allowed values, bounds, keys, junctors and CEL rules.
struct SchemaValidator {
    let isCustom: Bool
    private(set) var errors: [FieldError] = []

    init(isCustom: Bool) { self.isCustom = isCustom }

    /// `old` is the value that stands at the same place of the stored object, if any.
    mutating func validate(_ value: JSONValue, old: JSONValue?, _ schema: StructuralSchema, at path: String) {
        let traits = schema.traits
        if value.isNull { return }
        check(value, traits, path)
        switch value {
        case .object(let members):
            for name in traits.required {
                let member = members[name]
                if member == nil || (!isCustom && Self.isEmpty(member)) {
                    errors.append(.required(ObjectDecoder.join(path, name)))
                }
            }
            for (name, member) in members {
                guard let known = traits.properties[name] ?? traits.additional else { continue }
                // The status of built-in kinds is written by controllers and taken as it is.
                if !isCustom, path.isEmpty, name == "status" { continue }
                validate(member, old: old?[name], known, at: ObjectDecoder.join(path, name))
            }
        case .array(let elements):
            checkKeys(elements, traits, path)
            guard let items = traits.items else { break }
            // Only items with keys have an identity that lasts.
            let oldElements = traits.listType == .map ? old?.array ?? [] : []
            let before = Dictionary(
                oldElements.map { (Self.key($0, traits), $0) },
                uniquingKeysWith: { first, _ in first }
            )
            for (index, element) in elements.enumerated() {
                let old = before.isEmpty ? nil : before[Self.key(element, traits)]
                validate(element, old: old, items, at: "\(path)[\(index)]")
            }
        default: break
        }
        checkJunctors(value, traits, path)
        for rule in traits.rules {
            if let error = rule.failure(value, old: old, at: path) { errors.append(error) }
        }
    }

    private static func isEmpty(_ value: JSONValue?) -> Bool {
        switch value {
        case .string(let text): text.isEmpty
        case .array(let elements): elements.isEmpty
        default: false
        }
    }

    private static func key(_ element: JSONValue, _ traits: SchemaTraits) -> [JSONValue?] {
        traits.listMapKeys.map { element[$0] }
    }

    private mutating func checkKeys(_ elements: [JSONValue], _ traits: SchemaTraits, _ path: String) {
        switch traits.listType {
        case .map:
            var seen: Set<[JSONValue?]> = []
            for (index, element) in elements.enumerated() {
                let key = Self.key(element, traits)
                if seen.insert(key).inserted { continue }
                // Kubernetes accepts some of these in its own kinds and only warns about them.
                if !isCustom, traits.listMapKeys != ["name"] { continue }
                if !isCustom, path.hasSuffix(".env") || path.hasSuffix("imagePullSecrets") { continue }
                if !isCustom, let name = traits.listMapKeys.first, let value = element[name] {
                    errors.append(.duplicate("\(path)[\(index)].\(name)", value))
                } else {
                    let pairs = traits.listMapKeys.compactMap { name in element[name].map { (name, $0) } }
                    errors.append(
                        .duplicate(
                            "\(path)[\(index)]",
                            .object(Dictionary(pairs, uniquingKeysWith: { first, _ in first }))
                        )
                    )
                }
            }
        case .set:
            var seen: Set<JSONValue> = []
            for (index, element) in elements.enumerated() where !seen.insert(element).inserted {
                errors.append(.duplicate("\(path)[\(index)]", element))
            }
        case .atomic, nil: break
        }
    }

    private mutating func checkJunctors(_ value: JSONValue, _ traits: SchemaTraits, _ path: String) {
        for schema in traits.allOf { validate(value, old: nil, schema, at: path) }
        if !traits.anyOf.isEmpty, !traits.anyOf.contains(where: { accepts(value, $0, path) }) {
            errors.append(.invalid(path, value, "\"\(path)\" must validate at least one schema (anyOf)"))
        }
        if !traits.oneOf.isEmpty {
            let count = traits.oneOf.count { accepts(value, $0, path) }
            if count != 1 {
                let found = count == 0 ? "Found none valid" : "Found \(count) valid alternatives"
                errors.append(
                    .invalid(path, value, "\"\(path)\" must validate one and only one schema (oneOf). \(found)")
                )
            }
        }
        if let not = traits.not, accepts(value, not, path) {
            errors.append(.invalid(path, value, "\"\(path)\" must not validate the schema (not)"))
        }
    }

    private func accepts(_ value: JSONValue, _ schema: StructuralSchema, _ path: String) -> Bool {
        guard Self.hasType(value, schema.traits.type) else { return false }
        var trial = SchemaValidator(isCustom: true)
        trial.validate(value, old: nil, schema, at: path)
        return trial.errors.isEmpty
    }

    private static func hasType(_ value: JSONValue, _ type: SchemaTraits.ValueType) -> Bool {
        switch type {
        case .any: true
        case .object: value.object != nil
        case .array: value.array != nil
        case .string: value.string != nil
        case .integer: value.integer != nil
        case .number: value.double != nil
        case .boolean: value.bool != nil
        case .intOrString: value.integer != nil || value.string != nil
        }
    }

    mutating func report(_ error: FieldError) { errors.append(error) }
}
