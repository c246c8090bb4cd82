import MeshConfig

/// Sidecar resources by namespace, to find the one that applies to a proxy.
struct SidecarIndex: Sendable {
    /// All Sidecars, oldest first.
    let all: [Resource<Sidecar>]
    private let selecting: [String: [Resource<Sidecar>]]
    private let namespaceDefaults: [String: Resource<Sidecar>]
    private let rootNamespace: String

    init(_ sidecars: [Resource<Sidecar>], rootNamespace: String) {
        all = sidecars.sorted { $0.metadata.precedes($1.metadata) }
        self.rootNamespace = rootNamespace
        var selecting: [String: [Resource<Sidecar>]] = [:]
        var defaults: [String: Resource<Sidecar>] = [:]
        for sidecar in all {
            if sidecar.spec.workloadSelector != nil {
                selecting[sidecar.namespace, default: []].append(sidecar)
            } else if defaults[sidecar.namespace] == nil {
                defaults[sidecar.namespace] = sidecar
            }
        }
        self.selecting = selecting
        namespaceDefaults = defaults
    }

    /// The oldest whose selector matches, else the namespace's default, else the root namespace's default.
    func sidecar(namespace: String, labels: [String: String]) -> Resource<Sidecar>? {
        selecting[namespace]?.first { labels.contains(all: $0.spec.workloadSelector?.labels ?? [:]) }
            ?? namespaceDefaults[namespace] ?? namespaceDefaults[rootNamespace]
    }

    /// Defaults of one namespace beyond the first, which are ignored.
    var diagnostics: [ModelDiagnostic] {
        all.compactMap { sidecar in
            guard sidecar.spec.workloadSelector == nil, let first = namespaceDefaults[sidecar.namespace],
                first.name != sidecar.name
            else { return nil }
            return ModelDiagnostic(
                .sidecarConflict,
                object: ObjectKey(kind: .sidecar, namespace: sidecar.namespace, name: sidecar.name),
                location: sidecar.metadata.source,
                message: "namespace \(sidecar.namespace) already has Sidecar \(first.name) without workloadSelector; "
                    + "this one is ignored"
            )
        }
    }
}
