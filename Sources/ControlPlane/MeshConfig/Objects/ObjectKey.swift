/// What makes an object one and the same across its versions (Kubernetes: group, kind, namespace, name).
package struct ObjectKey: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Kind; it implies the API group.
    package var kind: MeshKind
    /// Namespace; empty for cluster-scoped kinds.
    package var namespace: String
    /// Name.
    package var name: String

    /// API group of `kind`.
    package var group: String { kind.group }

    package init(kind: MeshKind, namespace: String, name: String) {
        self.kind = kind
        self.namespace = namespace
        self.name = name
    }

    /// `VirtualService default/reviews`, or `Namespace default` when cluster-scoped.
    package var description: String {
        namespace.isEmpty ? "\(kind.rawValue) \(name)" : "\(kind.rawValue) \(namespace)/\(name)"
    }

    /// By kind, then namespace, then name.
    package static func < (left: ObjectKey, right: ObjectKey) -> Bool {
        (left.kind, left.namespace, left.name) < (right.kind, right.namespace, right.name)
    }
}
