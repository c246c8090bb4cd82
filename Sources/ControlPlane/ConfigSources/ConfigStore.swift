package import MeshConfig

/// The state of a file source: contents of files in, objects in effect and diagnostics out. Pure.
///
/// An object that becomes invalid keeps its last good version; an object or file that is deleted goes. The same object
/// in two files is taken from the first by path.
package struct ConfigStore: Sendable {
    /// A file and the objects that are in effect because of it.
    private struct File {
        var decoded: DecodedFile
        /// Objects of earlier contents that stay because their present form is invalid.
        var kept: [ObjectKey: MeshObject] = [:]

        var objects: [MeshObject] {
            decoded.objects + kept.values.sorted { $0.key < $1.key }
        }
    }

    private let base: MeshConfiguration
    private let limits: YAMLLimits
    private var files: [String: File] = [:]
    private var effective: [ObjectKey: MeshObject] = [:]
    private var versions: [ObjectKey: UInt64] = [:]
    private var mesh: MeshConfiguration
    private var version: UInt64 = 0

    /// An empty store; settings of the mesh that are found in files are merged over `mesh`.
    package init(mesh: MeshConfiguration = MeshConfiguration(), limits: YAMLLimits = YAMLLimits()) {
        self.base = mesh
        self.mesh = mesh
        self.limits = limits
    }

    /// Takes in files that are new or changed, by path, and forgets `removed` ones.
    package mutating func apply(_ contents: [String: FileContent], removed: Set<String> = []) -> ConfigUpdate {
        for path in removed { files[path] = nil }
        for (path, content) in contents { files[path] = file(path, content) }
        var diagnostics: [Diagnostic] = []
        let found = objectsInEffect(&diagnostics)
        let settings = settingsInEffect(&diagnostics)

        version += 1
        var changed = Set(effective.keys.filter { found[$0] == nil })
        for key in changed { versions[key] = nil }
        for (key, object) in found where effective[key] != object {
            changed.insert(key)
            versions[key] = version
        }
        let isMeshChanged = settings != mesh
        effective = found
        mesh = settings
        let snapshot = ConfigSnapshot(objects: found.values, mesh: mesh, versions: versions, version: version)
        return ConfigUpdate(
            snapshot: snapshot,
            changed: changed,
            isMeshChanged: isMeshChanged,
            diagnostics: diagnostics.sorted()
        )
    }

    private func file(_ path: String, _ content: FileContent) -> File {
        var file = File(decoded: DecodedFile())
        switch content {
        case .bytes(let bytes):
            file.decoded = ObjectDecoder.decode(bytes, file: path, limits: limits)
        case .unreadable(let reason):
            let location = SourceLocation(file: path, line: 1, column: 1)
            file.decoded.diagnostics = [Diagnostic(.error, at: location, reason)]
            file.decoded.hasUnreadableDocuments = true
        }
        let present = Set(file.decoded.objects.map(\.key))
        let rejected = Set(file.decoded.rejected)
        for object in files[path]?.objects ?? [] where !present.contains(object.key) {
            guard file.decoded.hasUnreadableDocuments || rejected.contains(object.key) else { continue }
            file.kept[object.key] = object
        }
        if file.decoded.mesh == nil, file.decoded.hasUnreadableDocuments {
            file.decoded.mesh = files[path]?.decoded.mesh
        }
        return file
    }

    private func objectsInEffect(_ diagnostics: inout [Diagnostic]) -> [ObjectKey: MeshObject] {
        var found: [ObjectKey: MeshObject] = [:]
        for (path, file) in files.sorted(by: { $0.key < $1.key }) {
            diagnostics += file.decoded.diagnostics
            for object in file.objects {
                if let first = found[object.key] {
                    diagnostics.append(.duplicate(of: first, object))
                } else {
                    found[object.key] = object
                }
            }
            for key in file.kept.keys.sorted() {
                let fault = file.decoded.diagnostics.first { $0.severity == .error && $0.object == key.description }
                let fallback = file.decoded.diagnostics.first { $0.severity == .error }
                let location = (fault ?? fallback)?.location ?? SourceLocation(file: path, line: 1, column: 1)
                diagnostics.append(
                    Diagnostic(
                        .warning,
                        at: location,
                        object: key.description,
                        "the version accepted before stays in effect until this is corrected"
                    )
                )
            }
        }
        return found
    }

    private func settingsInEffect(_ diagnostics: inout [Diagnostic]) -> MeshConfiguration {
        let sources = files.sorted { $0.key < $1.key }.compactMap(\.value.decoded.mesh)
        guard let source = sources.first else { return base }
        for other in sources.dropFirst() {
            let location = SourceLocation(file: other.file, line: other.line, column: 1)
            let message = "is already defined at \(source.file):\(source.line), which is in effect"
            diagnostics.append(Diagnostic(.error, at: location, object: "MeshConfig", message))
        }
        let (settings, found) = MeshConfiguration.decode(source, over: base, limits: limits)
        diagnostics += found
        return settings ?? mesh
    }
}
