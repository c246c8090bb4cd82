package import KubernetesAPI

/// The query parameter `includeObject` of table requests.
package enum IncludedObject: String, Sendable {
    case none = "None"
    case metadata = "Metadata"
    case object = "Object"
}

extension ResourceDefinition {
    /// `meta.k8s.io/v1 Table` of these objects, as `kubectl get` prints them.
    ///
    /// `now` is seconds since 1970 (ages are relative to it); `listMetadata` is the list's `metadata`
    /// (`resourceVersion`, `continue`), or for one object its `resourceVersion`.
    package func table(
        of objects: [KubernetesObject],
        includeObject: IncludedObject = .metadata,
        now: Int64,
        listMetadata: JSONValue = [:]
    ) -> JSONValue { [:] }
}
