import ClusterSchema
import KubernetesAPI

/// What a request is about: a resource, and where it applies an object of it and a part of that object.
struct Target: Sendable {
    var definition: ResourceDefinition
    /// Empty for cluster-wide resources and for requests across all namespaces.
    var namespace: String
    /// Empty for collections.
    var name: String
    /// Empty for the object itself.
    var subresource: String

    init(_ definition: ResourceDefinition, namespace: String = "", name: String = "", subresource: String = "") {
        self.definition = definition
        self.namespace = namespace
        self.name = name
        self.subresource = subresource
    }

    var type: ResourceType { definition.type }

    func access(_ verb: String) -> AccessRequest {
        .resource(
            verb: verb,
            group: type.group,
            resource: subresource.isEmpty ? type.plural : "\(type.plural)/\(subresource)",
            namespace: namespace,
            name: name
        )
    }
}

/// How a write is to be done, by whom.
struct WriteContext: Sendable {
    var user: UserInfo
    /// Everything but the storing.
    var isDryRun = false
    var fieldManager = "martlet"
    var fieldValidation = FieldValidation.ignore
}

/// What came of a request: an object and what its author should hear.
struct Answer: Sendable {
    var object: JSONValue
    var code = 200
    var warnings: [String] = []
}
