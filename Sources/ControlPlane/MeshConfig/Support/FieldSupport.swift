/// What the mesh does with a field that it decodes and validates.
///
/// A field that is in no row is acted on by both engines. Rows name whole subtrees by their top field.
package enum FieldSupport: Sendable, Hashable {
    /// Programmed in xDS, so Envoy acts on it; the Swift engine does not yet.
    case envoyOnly
    /// Envoy acts on all of it, the Swift engine only as the words say (`for HTTP connections`).
    case envoyInFull(swiftEngine: String)
    /// Both engines act on it only as the words say.
    case partly(String)
    /// Acted on by nobody yet.
    case ignored

    /// The warning when an object with such a field is accepted; follows the field's name.
    package var warning: String {
        switch self {
        case .envoyOnly: "is acted on by Envoy, not by the Swift engine yet"
        case .envoyInFull(let words): "is acted on by Envoy; the Swift engine acts on it only \(words)"
        case .partly(let words): "is acted on only \(words)"
        case .ignored: "is accepted, but nothing acts on it yet"
        }
    }

    /// A field that is not, or not everywhere, acted on.
    package struct Row: Sendable, Hashable {
        /// Kind as in YAML, or `MeshConfig`.
        package var kind: String
        /// Path without indices, as `spec.http[].fault`; with a colon when one value of the field is meant, as
        /// `spec.trafficPolicy.tls.mode: SIMPLE`.
        package var path: String
        /// What is done.
        package var support: FieldSupport
    }

    /// Support of a field, or of one of its values; nil when it is acted on.
    package static func of(kind: String, path: String) -> FieldSupport? {
        byKind[kind]?[path]
    }

    /// All rows, by kind and path.
    package static let rows: [Row] = byKind.flatMap { kind, paths in
        paths.map { Row(kind: kind, path: $0.key, support: $0.value) }
    }.sorted { ($0.kind, $0.path) < ($1.kind, $1.path) }

    private static let byKind: [String: [String: FieldSupport]] = [
        "VirtualService": virtualService,
        "DestinationRule": destinationRule,
        "ServiceEntry": serviceEntry,
        "WorkloadEntry": workloadEntry,
        "Sidecar": sidecar,
        "Gateway": gateway,
        "Service": ["spec.externalIPs": .ignored, "spec.sessionAffinity: ClientIP": .ignored],
        "EndpointSlice": ["endpoints[].hints": .ignored],
        "MeshConfig": meshConfiguration,
    ]

    /// The same rows below another field.
    static func rows(_ rows: [String: FieldSupport], below prefix: String) -> [String: FieldSupport] {
        Dictionary(rows.map { ("\(prefix).\($0.key)", $0.value) }) { $1 }
    }
}
