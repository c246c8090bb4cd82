package import KubernetesAPI

/// One served version of a resource: how it is named, which verbs it has, and what its objects look like.
package struct ResourceDefinition: Sendable {
    package var type: ResourceType
    package var singular: String
    /// `DeploymentList`.
    package var listKind: String
    package var shortNames: [String] = []
    /// `all`, `istio-io` ...
    package var categories: [String] = []
    /// As discovery lists them: `create`, `get` ...
    package var verbs: [String]
    package var subresources: [SubresourceDefinition] = []
    /// Paths such as `status.phase`, beyond name and namespace: see ``fieldSelector(parsing:)``.
    package var selectableFields: [String] = []
    package var schema: StructuralSchema
    /// Without `Name`, which every table begins with. Of built-in kinds these are the declarations only; the cells are
    /// made by ``table(of:includeObject:now:listMetadata:)``.
    package var columns: [PrinterColumn] = []
    /// The version objects are stored in; conversion between the versions of a resource is renaming `apiVersion`.
    package var storageVersion: String
    /// The main resource ignores `status`; only `/status` writes it.
    package var hasStatus = false
    /// `metadata.generation` counts changes of everything but metadata and status.
    package var hasGeneration = false
    /// Unknown fields of the root stay in stored objects.
    package var preservesUnknownFields = false
    /// False for reviews, which are answered and never stored.
    package var isStored = true
    /// From a CustomResourceDefinition: no strategic merge patch.
    package var isCustom = false
    /// Where `/scale` finds its numbers; nil without the subresource.
    package var scale: ScalePaths?
    /// A version that is deprecated is served with this warning, which the server adds; empty otherwise.
    package var deprecationWarning = ""

    package init(
        type: ResourceType,
        singular: String = "",
        verbs: [String] = ResourceDefinition.allVerbs,
        schema: StructuralSchema
    ) {
        self.type = type
        self.singular = singular.isEmpty ? type.kind.lowercased() : singular
        listKind = type.kind + "List"
        self.verbs = verbs
        self.schema = schema
        storageVersion = type.version
    }

    package static let allVerbs = [
        "create", "delete", "deletecollection", "get", "list", "patch", "update", "watch",
    ]

    /// Nil when there is no such subresource.
    package func subresource(_ name: String) -> SubresourceDefinition? { subresources.first { $0.name == name } }
}

/// A subresource as discovery lists it, such as `deployments/scale` with kind `Scale` of `autoscaling/v1`.
package struct SubresourceDefinition: Sendable {
    package var name: String
    package var group: String
    package var version: String
    package var kind: String
    package var verbs: [String]
}

/// Simple paths into an object for `/scale`, as member names.
package struct ScalePaths: Sendable, Hashable {
    package var specReplicas: [String]
    package var statusReplicas: [String]
    /// Nil when the kind names no selector; the value there is an object (LabelSelector) for built-in kinds and a text
    /// for custom ones.
    package var labelSelector: [String]?
}

/// A column of `kubectl get`.
package struct PrinterColumn: Sendable {
    package var name: String
    /// `string`, `integer`, `number`, `boolean`, `date`.
    package var type: String
    package var format = ""
    package var summary = ""
    /// Above 0 only `-o wide` shows it.
    package var priority = 0
    /// Of custom kinds: where the cell comes from.
    package var path: ColumnPath?

    package init(_ name: String, type: String = "string", priority: Int = 0, summary: String = "") {
        self.name = name
        self.type = type
        self.priority = priority
        self.summary = summary
    }
}

/// What to do with fields that the schema does not know: the query parameter `fieldValidation`.
package enum FieldValidation: String, Sendable {
    case ignore = "Ignore"
    case warn = "Warn"
    case strict = "Strict"
}
