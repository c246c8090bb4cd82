/// A Kubernetes Namespace; the mesh reads its labels and annotations only, which are metadata.
package struct NamespaceSpec: Sendable, Hashable {
    package init() {}
}

/// A Kubernetes Node; the mesh reads its labels (topology) only, which are metadata.
package struct NodeSpec: Sendable, Hashable {
    package init() {}
}

/// A Kubernetes ServiceAccount; the mesh reads its name only, which is metadata.
package struct ServiceAccountSpec: Sendable, Hashable {
    package init() {}
}
