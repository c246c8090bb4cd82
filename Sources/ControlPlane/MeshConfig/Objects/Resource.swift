/// An object of one kind: its metadata and the part that is its own.
package struct Resource<Spec: Sendable & Hashable>: Sendable, Hashable {
    /// Metadata.
    package var metadata: ObjectMetadata
    /// The kind's own fields.
    package var spec: Spec

    package init(metadata: ObjectMetadata, spec: Spec) {
        self.metadata = metadata
        self.spec = spec
    }

    /// Name, from the metadata.
    package var name: String { metadata.name }
    /// Namespace, from the metadata.
    package var namespace: String { metadata.namespace }
}
