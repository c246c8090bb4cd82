import KubernetesAPI

/// Builds the schemas of types that a ``KindTextReader`` read; each named type is built once and shared.
struct KindSchemaBuilder {
    let reader: KindTextReader
    private(set) var built: [String: StructuralSchema] = [:]

    init(_ reader: KindTextReader) { self.reader = reader }

    mutating func schema(_ name: String, from package: String) -> StructuralSchema {
        guard let type = reader.type(name, from: package) else { return .open }
        if let present = built[type.fullName] { return present }
        var traits = SchemaTraits(type: .object)
        traits.typeName = type.fullName
        traits.summary = type.summary
        traits.isAtomicMap = type.isAtomic
        if type.isKind {
            traits.properties["apiVersion"] = Self.text("Version of this representation of the object.")
            traits.properties["kind"] = Self.text("Kind of the object, in CamelCase.")
            traits.properties["metadata"] = schema("ObjectMeta", from: package)
        }
        for field in type.fields {
            traits.properties[field.name] = property(field, in: type)
            if field.attributes.contains(where: { $0.name == "!" }) { traits.required.append(field.name) }
        }
        let schema = StructuralSchema(traits)
        built[type.fullName] = schema
        return schema
    }

    /// An amount of a resource; a number is accepted and stored as text.
    static let quantity = named(
        .any,
        "quantity",
        "io.k8s.apimachinery.pkg.api.resource.Quantity",
        "Amount such as 500m, 2 or 64Mi."
    )

    static let intOrString = named(
        .intOrString,
        "int-or-string",
        "io.k8s.apimachinery.pkg.util.intstr.IntOrString",
        "A whole number or a text."
    )

    private static func named(
        _ type: SchemaTraits.ValueType,
        _ format: String,
        _ name: String,
        _ summary: String
    ) -> StructuralSchema {
        var traits = SchemaTraits(type: type)
        traits.format = format
        traits.typeName = name
        traits.summary = summary
        return StructuralSchema(traits)
    }

    private static func text(_ summary: String) -> StructuralSchema {
        var traits = SchemaTraits(type: .string)
        traits.summary = summary
        return StructuralSchema(traits)
    }

    private mutating func property(_ field: KindTextReader.Field, in type: KindTextReader.TypeEntry) -> StructuralSchema
    {
        var traits = self.traits(field.type, from: type.package)
        traits.summary = field.summary
        for attribute in field.attributes { Self.apply(attribute, to: &traits) }
        // Go writes these even when they are zero, so nobody has to.
        if field.attributes.contains(where: { $0.name == "!" }), traits.defaultValue == nil,
            traits.constraints.minimum == nil
        {
            if traits.type == .boolean { traits.defaultValue = false }
            if traits.type == .integer { traits.defaultValue = 0 }
        }
        return StructuralSchema(traits)
    }

    private mutating func traits(_ type: Substring, from package: String) -> SchemaTraits {
        if type.hasPrefix("["), type.hasSuffix("]") {
            var traits = SchemaTraits(type: .array)
            traits.items = StructuralSchema(self.traits(type.dropFirst().dropLast(), from: package))
            return traits
        }
        if type.hasPrefix("{"), type.hasSuffix("}") {
            var traits = SchemaTraits(type: .object)
            traits.additional = StructuralSchema(self.traits(type.dropFirst().dropLast(), from: package))
            return traits
        }
        let simple: (SchemaTraits.ValueType, String)? =
            switch type {
            case "string": (.string, "")
            case "bool": (.boolean, "")
            case "int32", "int64": (.integer, String(type))
            case "number": (.number, "double")
            case "time", "microtime": (.string, "date-time")
            case "bytes": (.string, "byte")
            default: nil
            }
        if let (type, format) = simple {
            var traits = SchemaTraits(type: type)
            traits.format = format
            return traits
        }
        switch type {
        case "quantity": return Self.quantity.traits
        case "intstr": return Self.intOrString.traits
        case "object", "any": return SchemaTraits(type: type == "any" ? .any : .object, preservesUnknown: true)
        default: return schema(String(type), from: package).traits
        }
    }

    private static func apply(_ attribute: KindTextReader.Attribute, to traits: inout SchemaTraits) {
        let first = attribute.arguments.first ?? ""
        switch attribute.name {
        case "=":
            traits.defaultValue =
                traits.type == .string ? .string(first) : (try? JSONValue(json: first)) ?? .string(first)
        case "in": traits.constraints.allowed = attribute.arguments.map { .string($0) }
        case "min": traits.constraints.minimum = Double(first)
        case "max": traits.constraints.maximum = Double(first)
        case "fmt": traits.format = first
        case "key":
            traits.listType = .map
            traits.listMapKeys = attribute.arguments
            traits.patchMergeKey = first
            traits.patchStrategy = "merge" + (traits.patchStrategy.map { ",\($0)" } ?? "")
        case "merge":
            traits.patchMergeKey = first
            traits.patchStrategy = "merge"
        case "set":
            traits.listType = .set
            traits.patchStrategy = "merge"
        case "atomic":
            if traits.type == .array { traits.listType = .atomic } else { traits.isAtomicMap = true }
        case "retainKeys": traits.patchStrategy = traits.patchStrategy.map { "\($0),retainKeys" } ?? "retainKeys"
        default: break
        }
    }
}
