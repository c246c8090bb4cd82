/// What the mesh does with a field that it decodes and validates.
///
/// A field that is in no row is acted on by both engines. Rows name whole subtrees by their top field.
package enum FieldSupport: String, Sendable, Hashable, CaseIterable {
    /// Programmed in xDS, so Envoy acts on it and our own proxy does not yet.
    case envoyOnly
    /// Acted on by nobody yet.
    case ignored

    /// The warning when an object with such a field is accepted.
    package var warning: String {
        switch self {
        case .envoyOnly: "is programmed for Envoy, and not acted on by Martlet's own proxy yet"
        case .ignored: "is accepted, and not acted on yet"
        }
    }

    /// A field that is not, or not everywhere, acted on.
    package struct Row: Sendable, Hashable {
        /// Kind as in YAML, or `MeshConfig`.
        package var kind: String
        /// Path without indices, as `spec.http[].fault`.
        package var path: String
        /// What is done.
        package var support: FieldSupport
    }

    /// Support of a field; nil when it is acted on.
    package static func of(kind: String, path: String) -> FieldSupport? {
        byKind[kind]?[path]
    }

    /// All rows, by kind and path.
    package static let rows: [Row] = byKind.flatMap { kind, paths in
        paths.map { Row(kind: kind, path: $0.key, support: $0.value) }
    }.sorted { ($0.kind, $0.path) < ($1.kind, $1.path) }

    private static let byKind: [String: [String: FieldSupport]] = [
        "VirtualService": paths("spec.", envoyOnly: virtualServiceEnvoyOnly, ignored: virtualServiceIgnored),
        "DestinationRule": destinationRule,
        "ServiceEntry": paths("spec.", envoyOnly: [], ignored: ["subjectAltNames", "endpoints[].network"]),
        "WorkloadEntry": paths("spec.", envoyOnly: [], ignored: ["network", "serviceAccount"]),
        "Sidecar": paths("spec.", envoyOnly: [], ignored: sidecarIgnored),
        "Gateway": ["spec": .ignored],
        "Service": paths("spec.", envoyOnly: [], ignored: serviceIgnored),
        "MeshConfig": paths("", envoyOnly: [], ignored: meshIgnored),
    ]

    private static func paths(
        _ prefix: String,
        envoyOnly: [String],
        ignored: [String]
    ) -> [String: FieldSupport] {
        var result: [String: FieldSupport] = [:]
        for path in envoyOnly { result[prefix + path] = .envoyOnly }
        for path in ignored { result[prefix + path] = .ignored }
        return result
    }
}
