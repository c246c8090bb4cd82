package import MeshConfig
package import MeshModel

/// A mesh read from files for a simulation.
package struct SimulatedConfiguration: Sendable {
    /// A file's name and bytes.
    package struct File: Sendable {
        package var name: String
        package var bytes: [UInt8]

        package init(name: String, bytes: [UInt8]) {
            self.name = name
            self.bytes = bytes
        }
    }

    /// The mesh.
    package let mesh: MeshSnapshot
    /// The objects it was made from.
    package let objects: [ObjectKey: MeshObject]
    /// What the files' authors are to know, in order of places.
    package let diagnostics: [Diagnostic]

    /// Reads `files`; `settings` are MeshConfig fields as YAML or JSON, over those of a ConfigMap `istio`.
    ///
    /// Of two documents with the same key the later counts, as if both were applied.
    package init(files: [File], settings: MeshConfigurationSource? = nil) {
        var objects: [ObjectKey: MeshObject] = [:]
        var diagnostics: [Diagnostic] = []
        var configuration = MeshConfiguration()
        for file in files {
            let decoded = ObjectDecoder.decode(file.bytes, file: file.name)
            diagnostics += decoded.diagnostics
            for object in decoded.objects { objects[object.key] = object }
            if let source = decoded.mesh { Self.merge(source, into: &configuration, &diagnostics) }
        }
        if let settings { Self.merge(settings, into: &configuration, &diagnostics) }
        let config = ConfigSnapshot(objects: objects.values, mesh: configuration, version: 1)
        mesh = MeshSnapshot.next(previous: nil, config: config).snapshot
        self.objects = objects
        self.diagnostics = diagnostics.sorted()
    }

    private static func merge(
        _ source: MeshConfigurationSource,
        into configuration: inout MeshConfiguration,
        _ diagnostics: inout [Diagnostic]
    ) {
        let result = MeshConfiguration.decode(source, over: configuration)
        diagnostics += result.diagnostics
        if let decoded = result.configuration { configuration = decoded }
    }

    /// The object that a route's metadata names (`/apis/GROUP/v1/namespaces/NS/virtual-service/NAME`).
    func object(atConfigSource path: String) -> MeshObject? {
        let parts = path.split(separator: "/")
        guard parts.count == 7, parts[3] == "namespaces" else { return nil }
        let kind = MeshKind.allCases.first { $0.rawValue.lowercased() == parts[5].filter { $0 != "-" } }
        return kind.flatMap { objects[ObjectKey(kind: $0, namespace: String(parts[4]), name: String(parts[6]))] }
    }
}
