import KubernetesAPI

/// What one CustomResourceDefinition declares: its served versions and what this cluster will not check.
struct CustomResource: Sendable {
    var definitions: [ResourceDefinition] = []
    var warnings: [String] = []
    /// Of its whole specification.
    let contentHash: UInt64

    init(_ crd: KubernetesObject) throws(StatusError) {
        let spec = crd["spec"] ?? [:]
        let names = spec["names"] ?? [:]
        contentHash = StableHash.of(spec.jsonBytes)
        guard let group = spec["group"]?.string, !group.isEmpty, let plural = names["plural"]?.string, !plural.isEmpty,
            let kind = names["kind"]?.string, !kind.isEmpty
        else {
            throw .invalid(
                .customResourceDefinitions,
                crd.name,
                [.required("spec.names", "group, names.plural and names.kind must be set")]
            )
        }
        let versions = spec["versions"]?.array ?? []
        let storage = versions.first { $0["storage"]?.bool == true }?["name"]?.string ?? ""
        if spec[path: ["conversion", "strategy"]] == "Webhook" {
            warnings.append(
                "\(crd.name): conversion webhooks are not called; only apiVersion is changed between versions"
            )
        }
        for (index, version) in versions.enumerated() where version["served"]?.bool == true {
            let type = ResourceType(
                group: group,
                version: version["name"]?.string ?? "",
                plural: plural,
                kind: kind,
                isNamespaced: spec["scope"] != "Cluster"
            )
            var reader = CustomSchemaReader()
            let at = "spec.versions[\(index)].schema.openAPIV3Schema"
            let schema = reader.root(version[path: ["schema", "openAPIV3Schema"]] ?? ["type": "object"], type, at: at)
            guard reader.errors.isEmpty else {
                throw .invalid(.customResourceDefinitions, crd.name, reader.errors)
            }
            warnings += reader.warnings.map { "\(crd.name): version \(type.version): \($0)" }
            var definition = ResourceDefinition(type: type, singular: names["singular"]?.string ?? "", schema: schema)
            definition.isCustom = true
            definition.storageVersion = storage
            if let list = names["listKind"]?.string, !list.isEmpty { definition.listKind = list }
            definition.shortNames = Self.texts(names["shortNames"])
            definition.categories = Self.texts(names["categories"])
            definition.preservesUnknownFields = schema.traits.preservesUnknown
            definition.hasGeneration = true
            definition.selectableFields = (version["selectableFields"]?.array ?? []).compactMap {
                $0["jsonPath"]?.string.map { String($0.drop { $0 == "." }) }
            }
            if version["deprecated"]?.bool == true {
                definition.deprecationWarning =
                    version["deprecationWarning"]?.string ?? "\(type.apiVersion) \(kind) is deprecated"
            }
            readSubresources(version["subresources"] ?? [:], into: &definition)
            readColumns(version["additionalPrinterColumns"], into: &definition, crd: crd.name)
            definitions.append(definition)
        }
    }

    private static func texts(_ value: JSONValue?) -> [String] { value?.array?.compactMap(\.string) ?? [] }

    private func readSubresources(_ subresources: JSONValue, into definition: inout ResourceDefinition) {
        if subresources["status"] != nil {
            definition.hasStatus = true
            definition.subresources.append(BuiltInKinds.subresource("status", of: definition.type))
        }
        guard let scale = subresources["scale"] else { return }
        definition.subresources.append(BuiltInKinds.subresource("scale", of: definition.type))
        func path(_ name: String) -> [String]? {
            scale[name]?.string.map { $0.split(separator: ".").map(String.init) }
        }
        definition.scale = ScalePaths(
            specReplicas: path("specReplicasPath") ?? ["spec", "replicas"],
            statusReplicas: path("statusReplicasPath") ?? ["status", "replicas"],
            labelSelector: path("labelSelectorPath")
        )
    }

    private mutating func readColumns(_ columns: JSONValue?, into definition: inout ResourceDefinition, crd: String) {
        guard let columns = columns?.array, !columns.isEmpty else {
            var age = PrinterColumn("Age", type: "date", summary: "How long ago the object was created.")
            age.path = try? ColumnPath(".metadata.creationTimestamp")
            definition.columns = [age]
            return
        }
        for column in columns {
            var made = PrinterColumn(
                column["name"]?.string ?? "",
                type: column["type"]?.string ?? "string",
                priority: Int(clamping: column["priority"]?.integer ?? 0),
                summary: column["description"]?.string ?? ""
            )
            made.format = column["format"]?.string ?? ""
            let text = column["jsonPath"]?.string ?? ""
            do throws(ColumnPathError) {
                made.path = try ColumnPath(text)
            } catch {
                warnings.append("\(crd): column \(made.name): the path \(text) is not supported: \(error.reason)")
            }
            definition.columns.append(made)
        }
    }
}
