package import KubernetesAPI

extension SchemaCatalog {
    /// `GET /openapi/v3`: the documents by path, each with a hash of its content.
    package func openAPIV3Index() -> JSONValue {
        var paths: [String: JSONValue] = [:]
        for group in groups {
            for version in group.versions {
                let path = group.name.isEmpty ? "api/\(version)" : "apis/\(group.name)/\(version)"
                let hash = String(contentHash(group: group.name, version: version), radix: 16, uppercase: true)
                paths[path] = ["serverRelativeURL": .string("/openapi/v3/\(path)?hash=\(hash)")]
            }
        }
        return ["paths": .object(paths)]
    }

    /// Built-in groups change with the program only, others with their CustomResourceDefinitions.
    private func contentHash(group: String, version: String) -> UInt64 {
        var text = "\(group)/\(version)"
        for definition in definitions(group: group, version: version) {
            text += "\n\(definition.type.plural)"
            if definition.isCustom { text += " \(revision(of: definition))" }
        }
        return StableHash.of(text.utf8)
    }

    /// `GET /openapi/v3/api/v1` or `/openapi/v3/apis/GROUP/VERSION`; nil when it is not served. Costs milliseconds for
    /// large groups: cache it by the index' hash.
    package func openAPIV3(group: String, version: String) -> JSONValue? {
        let served = definitions(group: group, version: version)
        guard !served.isEmpty else { return nil }
        var writer = OpenAPIWriter(version: .v3)
        var paths: [String: JSONValue] = [:]
        for definition in served {
            writer.add(definition)
            for (path, item) in OpenAPIPaths.items(of: definition) { paths[path] = item }
        }
        return [
            "openapi": "3.0.0", "info": ["title": "Kubernetes", "version": "v1.34.0"], "paths": .object(paths),
            "components": ["schemas": .object(writer.schemas)],
        ]
    }

    /// `GET /openapi/v2` as JSON.
    package func openAPIV2() -> JSONValue {
        var writer = OpenAPIWriter(version: .v2)
        for definition in definitions { writer.add(definition) }
        return [
            "swagger": "2.0", "info": ["title": "Kubernetes", "version": "v1.34.0"], "paths": [:],
            "definitions": .object(writer.schemas),
        ]
    }
}

/// Writes schemas as OpenAPI: named types stand once and are referred to.
struct OpenAPIWriter {
    enum Version { case v2, v3 }

    let version: Version
    private(set) var schemas: [String: JSONValue] = [:]

    init(version: Version) { self.version = version }

    /// Adds a kind, its list, and all types they refer to.
    mutating func add(_ definition: ResourceDefinition) {
        let type = definition.type
        let name = definition.schema.traits.typeName ?? CustomSchemaReader.typeName(type)
        guard schemas[name]?["x-kubernetes-group-version-kind"] == nil else { return }
        schemas[name] = [:]
        var json = body(definition.schema)
        json["x-kubernetes-group-version-kind"] = Self.kinds(type, type.kind)
        schemas[name] = json
        guard definition.isStored else { return }
        var prefix = name
        if let dot = name.lastIndex(of: ".") { prefix = String(name[...dot]) }
        schemas[prefix + definition.listKind] = [
            "type": "object", "description": .string("A list of \(type.kind) objects."), "required": ["items"],
            "x-kubernetes-group-version-kind": Self.kinds(type, definition.listKind),
            "properties": [
                "apiVersion": ["type": "string"], "kind": ["type": "string"], "metadata": ["type": "object"],
                "items": ["type": "array", "items": ["$ref": .string(reference(name))]],
            ],
        ]
    }

    private static func kinds(_ type: ResourceType, _ kind: String) -> JSONValue {
        [["group": .string(type.group), "version": .string(type.version), "kind": .string(kind)]]
    }

    private func reference(_ name: String) -> String {
        (version == .v3 ? "#/components/schemas/" : "#/definitions/") + name
    }

    /// A place of an object: a reference when its type has a name.
    private mutating func place(_ schema: StructuralSchema) -> JSONValue {
        let traits = schema.traits
        guard let name = traits.typeName else { return body(schema) }
        if schemas[name] == nil {
            schemas[name] = [:]
            let named = BuiltInKinds.schemas[name] ?? schema
            schemas[name] = body(named)
        }
        var json: JSONValue =
            version == .v3 ? ["allOf": [["$ref": .string(reference(name))]]] : ["$ref": .string(reference(name))]
        if !traits.summary.isEmpty { json["description"] = .string(traits.summary) }
        if version == .v3, let value = traits.defaultValue { json["default"] = value }
        return writePatch(traits, into: json)
    }

    private mutating func body(_ schema: StructuralSchema) -> JSONValue {
        let traits = schema.traits
        var json: JSONValue = [:]
        switch traits.type {
        case .any:
            if traits.format == "quantity" {
                json["type"] = "string"
            } else if traits.preservesUnknown {
                json["type"] = "object"
            }
        case .intOrString:
            json["x-kubernetes-int-or-string"] = true
            json["type"] = version == .v2 ? "string" : nil
            if version == .v3 { json["oneOf"] = [["type": "integer"], ["type": "string"]] }
        default: json["type"] = .string(traits.type.rawValue)
        }
        if !traits.format.isEmpty, traits.format != "quantity", traits.format != "dns-label",
            traits.format != "port-name"
        {
            json["format"] = .string(traits.format)
        }
        if !traits.summary.isEmpty { json["description"] = .string(traits.summary) }
        if traits.isNullable, version == .v3 { json["nullable"] = true }
        if let value = traits.defaultValue { json["default"] = value }
        if !traits.properties.isEmpty {
            var properties: [String: JSONValue] = [:]
            for (name, property) in traits.properties { properties[name] = place(property) }
            json["properties"] = .object(properties)
        }
        if let additional = traits.additional { json["additionalProperties"] = item(additional) }
        if let items = traits.items { json["items"] = item(items) }
        if !traits.required.isEmpty { json["required"] = .array(traits.required.map { .string($0) }) }
        if traits.preservesUnknown, traits.type == .object || traits.type == .any {
            json["x-kubernetes-preserve-unknown-fields"] = true
        }
        writeConstraints(traits.constraints, into: &json)
        return writePatch(traits, into: json)
    }

    /// List items and map values are plain references.
    private mutating func item(_ schema: StructuralSchema) -> JSONValue {
        guard let name = schema.traits.typeName else { return body(schema) }
        _ = place(schema)
        return ["$ref": .string(reference(name))]
    }

    private func writePatch(_ traits: SchemaTraits, into json: JSONValue) -> JSONValue {
        var json = json
        if let type = traits.listType { json["x-kubernetes-list-type"] = .string(type.rawValue) }
        if !traits.listMapKeys.isEmpty {
            json["x-kubernetes-list-map-keys"] = .array(traits.listMapKeys.map { .string($0) })
        }
        if traits.isAtomicMap { json["x-kubernetes-map-type"] = "atomic" }
        if let key = traits.patchMergeKey { json["x-kubernetes-patch-merge-key"] = .string(key) }
        if let strategy = traits.patchStrategy { json["x-kubernetes-patch-strategy"] = .string(strategy) }
        return json
    }

    private func writeConstraints(_ limits: ValueConstraints, into json: inout JSONValue) {
        func whole(_ value: Int?) -> JSONValue? { value.map { .integer(Int64($0)) } }
        if let allowed = limits.allowed { json["enum"] = .array(allowed) }
        if let pattern = limits.pattern { json["pattern"] = .string(pattern.text) }
        if let least = limits.minimum { json["minimum"] = .number(least) }
        if let most = limits.maximum { json["maximum"] = .number(most) }
        if let value = whole(limits.minLength) { json["minLength"] = value }
        if let value = whole(limits.maxLength) { json["maxLength"] = value }
        if let value = whole(limits.minItems) { json["minItems"] = value }
        if let value = whole(limits.maxItems) { json["maxItems"] = value }
    }
}
