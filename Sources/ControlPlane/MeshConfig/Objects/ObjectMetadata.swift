/// The fields of Kubernetes' `ObjectMeta` that a mesh reads.
package struct ObjectMetadata: Sendable, Hashable {
    /// Name, unique in its kind and namespace.
    package var name: String
    /// Namespace; `default` where a namespaced object names none, empty for cluster-scoped kinds.
    package var namespace: String
    /// Labels.
    package var labels: [String: String] = [:]
    /// Annotations.
    package var annotations: [String: String] = [:]
    /// Creation time in seconds since 1970, nil when not written; the oldest rule wins where rules collide.
    package var creationTimestamp: Int64?
    /// Opaque version a Kubernetes API server gave; empty from files.
    package var resourceVersion = ""
    /// Generation of the spec; 0 when not written.
    package var generation: Int64 = 0
    /// UID; empty from files.
    package var uid = ""
    /// `apiVersion` as written, such as `networking.istio.io/v1`.
    package var apiVersion = ""
    /// Where the object begins.
    package var source: SourceLocation?

    package init(name: String, namespace: String) {
        self.name = name
        self.namespace = namespace
    }
}
