package import ConfigSources
package import MeshConfig
package import MeshModel

/// A mesh for a simulation.
package struct SimulatedConfiguration: Sendable {
    /// The mesh.
    package let mesh: MeshSnapshot
    /// The objects it was made from.
    package let objects: [ObjectKey: MeshObject]
    /// What the files' authors are to know, in order of places.
    package let diagnostics: [Diagnostic]

    /// Makes a mesh of what the control plane would be fed; `settings` are MeshConfig fields as YAML or JSON, over those
    /// of a ConfigMap `istio`.
    ///
    /// Where two updates hold the same object the first counts.
    package init(_ updates: [ConfigUpdate], settings: MeshConfigurationSource? = nil) {
        let joined = JoinedConfiguration(updates)
        var config = joined.config
        var diagnostics = joined.diagnostics
        let objects = config.objects
        if let settings {
            let result = MeshConfiguration.decode(settings, over: config.mesh)
            diagnostics += result.diagnostics
            if let mesh = result.configuration { config = ConfigSnapshot(objects: objects, mesh: mesh, version: 1) }
        }
        mesh = MeshSnapshot.next(previous: nil, config: config).snapshot
        self.objects = Dictionary(objects.map { ($0.key, $0) }) { first, _ in first }
        self.diagnostics = diagnostics.sorted()
    }

    /// What is wrong with one of the files, in order.
    package func errors(in file: String) -> [Diagnostic] {
        diagnostics.filter { $0.severity == .error && $0.location.file == file }
    }

    /// The object that a route's metadata names (`/apis/GROUP/v1/namespaces/NS/virtual-service/NAME`).
    func object(atConfigSource path: String) -> MeshObject? {
        let parts = path.split(separator: "/")
        guard parts.count == 7, parts[3] == "namespaces" else { return nil }
        let kind = MeshKind.allCases.first { $0.rawValue.lowercased() == parts[5].filter { $0 != "-" } }
        return kind.flatMap { objects[ObjectKey(kind: $0, namespace: String(parts[4]), name: String(parts[6]))] }
    }
}
