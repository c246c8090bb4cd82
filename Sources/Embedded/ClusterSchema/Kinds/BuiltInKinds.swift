import KubernetesAPI

/// The kinds of Kubernetes, read from the texts in this folder.
enum BuiltInKinds {
    private static let content: (definitions: [ResourceDefinition], schemas: [String: StructuralSchema]) = {
        var reader = KindTextReader()
        for text in KindText.all { reader.read(text) }
        var builder = KindSchemaBuilder(reader)
        let definitions = reader.kinds.map { definition($0, &builder) }
        for type in reader.types.values { _ = builder.schema(type.name, from: type.package) }
        var schemas = builder.built
        for schema in [KindSchemaBuilder.quantity, KindSchemaBuilder.intOrString] {
            schemas[schema.traits.typeName ?? ""] = schema
        }
        return (definitions, schemas)
    }()

    static var definitions: [ResourceDefinition] { content.definitions }

    /// Every named type by its full name.
    static var schemas: [String: StructuralSchema] { content.schemas }

    /// `ObjectMeta`.
    static let metadata = schemas["io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"] ?? .open

    private static func definition(
        _ entry: KindTextReader.KindEntry,
        _ builder: inout KindSchemaBuilder
    ) -> ResourceDefinition {
        let type = ResourceType(
            group: entry.group,
            version: entry.version,
            plural: entry.plural,
            kind: entry.name,
            isNamespaced: !entry.has("cluster")
        )
        var definition = ResourceDefinition(
            type: type,
            singular: entry.arguments("singular").first ?? "",
            verbs: entry.has("review") ? ["create"] : ResourceDefinition.allVerbs,
            schema: builder.schema(entry.name, from: entry.package)
        )
        definition.shortNames = entry.arguments("short")
        definition.categories = entry.arguments("cat")
        definition.isStored = !entry.has("review")
        definition.hasGeneration = entry.has("gen")
        definition.selectableFields = entry.arguments("select")
        definition.storageVersion = entry.arguments("storage").first ?? entry.version
        var names = entry.arguments("sub")
        if names == ["pods"] { names = podSubresources }
        definition.hasStatus = names.contains("status")
        definition.subresources = names.sorted().map { subresource($0, of: type) }
        if names.contains("scale") {
            definition.scale = ScalePaths(
                specReplicas: ["spec", "replicas"],
                statusReplicas: ["status", "replicas"],
                labelSelector: ["spec", "selector"]
            )
        }
        definition.columns = BuiltInTable.columns(of: type)
        return definition
    }

    private static let podSubresources = [
        "status", "log", "exec", "attach", "portforward", "proxy", "binding", "eviction", "ephemeralcontainers",
        "resize",
    ]

    static func subresource(_ name: String, of type: ResourceType) -> SubresourceDefinition {
        func make(_ group: String, _ version: String, _ kind: String, _ verbs: [String]) -> SubresourceDefinition {
            SubresourceDefinition(name: name, group: group, version: version, kind: kind, verbs: verbs)
        }
        let readWrite = ["get", "patch", "update"]
        return switch name {
        case "scale": make("autoscaling", "v1", "Scale", readWrite)
        case "eviction": make("policy", "v1", "Eviction", ["create"])
        case "token": make("authentication.k8s.io", "v1", "TokenRequest", ["create"])
        case "binding": make("", "v1", "Binding", ["create"])
        case "exec": make("", "v1", "PodExecOptions", ["create", "get"])
        case "attach": make("", "v1", "PodAttachOptions", ["create", "get"])
        case "portforward": make("", "v1", "PodPortForwardOptions", ["create", "get"])
        case "log": make("", "v1", "Pod", ["get"])
        case "proxy": make("", "v1", "\(type.kind)ProxyOptions", ["create", "delete", "get", "patch", "update"])
        case "finalize": make(type.group, type.version, type.kind, ["update"])
        default: make(type.group, type.version, type.kind, readWrite)
        }
    }
}
