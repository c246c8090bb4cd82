internal import Foundation

extension ObjectMetadata {
    /// Reads `metadata`; names and labels are checked, fields only an API server uses are not looked at.
    init(fields: FieldReader, key: ObjectKey, apiVersion: String, source: SourceLocation) {
        self.init(name: key.name, namespace: key.namespace)
        labels = fields.labels("labels")
        annotations = fields.stringMap("annotations")
        resourceVersion = fields.string("resourceVersion")
        generation = fields.integer("generation", in: 0...Int64.max) ?? 0
        uid = fields.string("uid")
        self.apiVersion = apiVersion
        self.source = source
        fields.skip(
            "generateName",
            "selfLink",
            "deletionTimestamp",
            "deletionGracePeriodSeconds",
            "ownerReferences",
            "finalizers",
            "managedFields",
            "clusterName"
        )
        let created = fields.string("creationTimestamp")
        if !created.isEmpty {
            let date = try? Date(created, strategy: .iso8601)
            if let seconds = date.flatMap({ Int64(exactly: $0.timeIntervalSince1970.rounded(.down)) }) {
                creationTimestamp = seconds
            } else {
                fields.error("creationTimestamp", "\(created.quotedForMessage) is not a time as 2024-01-31T12:00:00Z")
            }
        }
        if !name.isEmpty, let reason = Self.reason(against: name, kind: key.kind) { fields.error("name", reason) }
        if !namespace.isEmpty, let reason = NameSyntax.label(namespace) { fields.error("namespace", reason) }
    }

    private static func reason(against name: String, kind: MeshKind) -> String? {
        kind == .namespace || kind == .service ? NameSyntax.label(name) : NameSyntax.subdomain(name)
    }
}

extension FieldReader {
    /// Namespace of an object of `kind` whose metadata this is.
    func namespace(for kind: MeshKind) -> String {
        let written = string("namespace")
        return kind.isClusterScoped ? "" : written.isEmpty ? "default" : written
    }
}
