/// The verbs of a Kubernetes API, wherever it runs: over HTTPS (KubernetesClient) or in this process (ClusterAPI).
///
/// Controllers, sources and the pod runtime know only this. All throw ``StatusError``.
package protocol KubernetesAPI: Sendable {
    func get(_ type: ResourceType, _ name: ObjectName) async throws(StatusError) -> KubernetesObject
    func list(_ type: ResourceType, _ options: ListOptions) async throws(StatusError) -> ObjectList

    /// Events after `options.resourceVersion`, in order, until the consumer stops or the server ends the stream.
    ///
    /// Throws `.expired` (410), here or inside the stream, when the version is older than what the server remembers:
    /// list again.
    func watch(
        _ type: ResourceType,
        _ options: ListOptions
    ) async throws(StatusError) -> AsyncThrowingStream<WatchEvent, any Error>

    func create(_ object: KubernetesObject, _ type: ResourceType) async throws(StatusError) -> KubernetesObject

    /// Replaces the object; with a resourceVersion in it only if that is still the stored one.
    func update(
        _ object: KubernetesObject,
        _ type: ResourceType,
        _ subresource: Subresource?
    ) async throws(StatusError) -> KubernetesObject

    func patch(
        _ type: ResourceType,
        _ name: ObjectName,
        _ patch: Patch,
        _ subresource: Subresource?
    ) async throws(StatusError) -> KubernetesObject

    func delete(_ type: ResourceType, _ name: ObjectName, _ options: DeleteOptions) async throws(StatusError)
}

/// The part of an object that a write is about.
package enum Subresource: String, Sendable { case status, scale, binding, eviction }

/// What to list or watch.
package struct ListOptions: Sendable, Hashable {
    /// Nil is every namespace.
    package var namespace: String?
    package var labels: LabelSelector
    package var fields: FieldSelector
    /// Watch: start after this; list: at least as new. Empty is the newest.
    package var resourceVersion: String
    /// 0 is no limit.
    package var limit: Int
    /// The token of an earlier answer.
    package var continuation: String
    /// Watch: send a BOOKMARK event from time to time.
    package var allowsBookmarks: Bool

    package init(
        namespace: String? = nil,
        labels: LabelSelector = .everything,
        fields: FieldSelector = .everything,
        resourceVersion: String = "",
        limit: Int = 0,
        continuation: String = "",
        allowsBookmarks: Bool = false
    ) {
        self.namespace = namespace
        self.labels = labels
        self.fields = fields
        self.resourceVersion = resourceVersion
        self.limit = limit
        self.continuation = continuation
        self.allowsBookmarks = allowsBookmarks
    }
}

/// The answer to a list.
package struct ObjectList: Sendable {
    package var items: [KubernetesObject]
    /// From here a watch goes on without a gap.
    package var resourceVersion: String
    /// Empty at the end of the list.
    package var continuation: String

    package init(items: [KubernetesObject], resourceVersion: String, continuation: String = "") {
        self.items = items
        self.resourceVersion = resourceVersion
        self.continuation = continuation
    }
}

/// One line of a watch.
package enum WatchEvent: Sendable, Hashable {
    case added(KubernetesObject)
    case modified(KubernetesObject)
    /// The object as it was last, with the resourceVersion of its deletion.
    case deleted(KubernetesObject)
    /// Nothing changed up to this resourceVersion.
    case bookmark(resourceVersion: String)
}

/// A change to an object by content type.
package enum Patch: Sendable, Hashable {
    /// RFC 7386, `application/merge-patch+json`.
    case merge(JSONValue)
    /// RFC 6902, `application/json-patch+json`.
    case json(JSONValue)
    /// `application/strategic-merge-patch+json`.
    case strategic(JSONValue)
    /// Server-side apply, `application/apply-patch+yaml`.
    case apply(JSONValue, fieldManager: String, force: Bool)
}

/// How to delete.
package struct DeleteOptions: Sendable, Hashable {
    /// What becomes of the objects it owns: `propagationPolicy`.
    package enum Propagation: String, Sendable {
        case background = "Background", foreground = "Foreground", orphan = "Orphan"
    }

    package var propagation: Propagation?
    /// Nil is what the object says.
    package var gracePeriodSeconds: Int64?
    /// Only this very object.
    package var uid: String?
    package var resourceVersion: String?

    package init(
        propagation: Propagation? = nil,
        gracePeriodSeconds: Int64? = nil,
        uid: String? = nil,
        resourceVersion: String? = nil
    ) {
        self.propagation = propagation
        self.gracePeriodSeconds = gracePeriodSeconds
        self.uid = uid
        self.resourceVersion = resourceVersion
    }
}
