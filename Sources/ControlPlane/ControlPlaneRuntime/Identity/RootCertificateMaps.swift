internal import KubernetesAPI

/// Which ConfigMaps are to be written so that every namespace has the trust bundle. Pure.
struct RootCertificateMaps {
    /// A ConfigMap of that name with that one entry.
    struct Content: Sendable, Hashable {
        var name: String
        var key: String
        var text: String
    }

    /// Something to write.
    struct Action: Sendable, Hashable {
        var namespace: String
        var content: Content
        /// It is there, with other content.
        var exists: Bool
    }

    /// Istio `CACertNamespaceConfigMap`.
    static let rootCertificate = "istio-ca-root-cert"
    /// Istio `CRLNamespaceConfigMap`.
    static let revocations = "istio-ca-crl"
    /// No workload of a mesh runs in these (Istio `IgnoredNamespaces`).
    static let ignored: Set<String> = ["kube-system", "kube-public", "kube-node-lease", "local-path-storage"]

    private var contents: [Content]
    private var namespaces: Set<String> = []
    private var present: [ObjectName: [String: String]] = [:]

    init(_ contents: [Content]) { self.contents = contents }

    /// What is due in one namespace, or everywhere.
    func due(in namespace: String? = nil) -> [Action] {
        let places = namespace.map { namespaces.contains($0) ? [$0] : [] } ?? namespaces.sorted()
        return places.flatMap { place in
            contents.compactMap { content in
                let found = present[ObjectName(namespace: place, name: content.name)]
                guard found?[content.key] != content.text else { return nil }
                // Nobody waits for an empty list.
                if found == nil, content.text.isEmpty { return nil }
                return Action(namespace: place, content: content, exists: found != nil)
            }
        }
    }

    /// Other content is due everywhere.
    mutating func replace(_ contents: [Content]) { self.contents = contents }

    /// Takes an event of namespaces in; answers which namespace to look at, nil for none or all.
    mutating func apply(namespace object: KubernetesObject, isGone: Bool) {
        let isEnding = object.deletionTimestamp != nil || object["status", "phase"]?.string == "Terminating"
        if isGone || isEnding || Self.ignored.contains(object.name) {
            namespaces.remove(object.name)
        } else {
            namespaces.insert(object.name)
        }
    }

    /// The namespaces there are.
    mutating func synced(namespaces objects: [KubernetesObject]) {
        namespaces = []
        for object in objects { apply(namespace: object, isGone: false) }
    }

    /// The ConfigMaps of one name.
    mutating func synced(_ name: String, _ objects: [KubernetesObject]) {
        present = present.filter { $0.key.name != name }
        for object in objects { present[object.objectName] = object["data"]?.strings ?? [:] }
    }

    /// A ConfigMap was written by somebody.
    mutating func apply(_ object: KubernetesObject) { present[object.objectName] = object["data"]?.strings ?? [:] }

    /// A ConfigMap is gone.
    mutating func deleted(_ object: KubernetesObject) { present[object.objectName] = nil }
}
