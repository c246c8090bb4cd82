/// An object's place within its resource type; the namespace is empty for cluster-wide types.
package struct ObjectName: Sendable, Hashable, CustomStringConvertible {
    package var namespace: String
    package var name: String

    package init(namespace: String = "", name: String) {
        self.namespace = namespace
        self.name = name
    }

    package var description: String { namespace.isEmpty ? name : "\(namespace)/\(name)" }
}

/// A Kubernetes object: its JSON, with doors to what all objects have.
///
/// Readers take what has the wrong type as absent; what an API server accepted has the right types.
package struct KubernetesObject: Sendable, Hashable {
    /// Always an object.
    package var json: JSONValue

    package init(_ json: JSONValue) { self.json = json }

    /// An object with nothing but its type and name.
    package init(_ type: ResourceType, _ name: ObjectName) {
        json = ["apiVersion": .string(type.apiVersion), "kind": .string(type.kind), "metadata": [:]]
        self.name = name.name
        if !name.namespace.isEmpty { namespace = name.namespace }
    }

    package subscript(_ path: String...) -> JSONValue? {
        get { json[path: path] }
        set { json[path: path] = newValue }
    }

    package var apiVersion: String { json["apiVersion"]?.string ?? "" }
    package var kind: String { json["kind"]?.string ?? "" }

    package var name: String {
        get { self["metadata", "name"]?.string ?? "" }
        set { self["metadata", "name"] = .string(newValue) }
    }

    package var namespace: String {
        get { self["metadata", "namespace"]?.string ?? "" }
        set { self["metadata", "namespace"] = newValue.isEmpty ? nil : .string(newValue) }
    }

    package var objectName: ObjectName { ObjectName(namespace: namespace, name: name) }

    package var uid: String {
        get { self["metadata", "uid"]?.string ?? "" }
        set { self["metadata", "uid"] = .string(newValue) }
    }

    /// Opaque to clients; empty when the object was never stored.
    package var resourceVersion: String {
        get { self["metadata", "resourceVersion"]?.string ?? "" }
        set { self["metadata", "resourceVersion"] = newValue.isEmpty ? nil : .string(newValue) }
    }

    package var generation: Int64 {
        get { self["metadata", "generation"]?.integer ?? 0 }
        set { self["metadata", "generation"] = .integer(newValue) }
    }

    package var labels: [String: String] {
        get { self["metadata", "labels"]?.strings ?? [:] }
        set { self["metadata", "labels"] = newValue.isEmpty ? nil : JSONValue(newValue) }
    }

    package var annotations: [String: String] {
        get { self["metadata", "annotations"]?.strings ?? [:] }
        set { self["metadata", "annotations"] = newValue.isEmpty ? nil : JSONValue(newValue) }
    }

    package var finalizers: [String] {
        get { self["metadata", "finalizers"]?.array?.compactMap(\.string) ?? [] }
        set { self["metadata", "finalizers"] = newValue.isEmpty ? nil : .array(newValue.map { .string($0) }) }
    }

    package var ownerReferences: [OwnerReference] {
        get { self["metadata", "ownerReferences"]?.array?.compactMap(OwnerReference.init) ?? [] }
        set { self["metadata", "ownerReferences"] = newValue.isEmpty ? nil : .array(newValue.map(\.json)) }
    }

    /// RFC 3339, or nil while nobody asked to delete it.
    package var deletionTimestamp: String? { self["metadata", "deletionTimestamp"]?.string }

    package var creationTimestamp: String? { self["metadata", "creationTimestamp"]?.string }
}

/// `metadata.ownerReferences[]`.
package struct OwnerReference: Sendable, Hashable {
    package var apiVersion: String
    package var kind: String
    package var name: String
    package var uid: String
    /// At most one owner is the controller.
    package var isController: Bool
    package var blocksOwnerDeletion: Bool

    package init(controller owner: KubernetesObject) {
        apiVersion = owner.apiVersion
        kind = owner.kind
        name = owner.name
        uid = owner.uid
        isController = true
        blocksOwnerDeletion = true
    }

    package init?(_ json: JSONValue) {
        guard let uid = json["uid"]?.string, let name = json["name"]?.string else { return nil }
        self.uid = uid
        self.name = name
        apiVersion = json["apiVersion"]?.string ?? ""
        kind = json["kind"]?.string ?? ""
        isController = json["controller"]?.bool ?? false
        blocksOwnerDeletion = json["blockOwnerDeletion"]?.bool ?? false
    }

    package var json: JSONValue {
        var json: JSONValue = [
            "apiVersion": .string(apiVersion), "kind": .string(kind), "name": .string(name), "uid": .string(uid),
        ]
        if isController { json["controller"] = true }
        if blocksOwnerDeletion { json["blockOwnerDeletion"] = true }
        return json
    }
}
