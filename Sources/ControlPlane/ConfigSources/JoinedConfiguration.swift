package import MeshConfig

/// Several paths as one configuration: objects and settings in effect, and what their authors are to be told. Pure.
///
/// Where two paths hold the same object the first path wins and the other object is an error, as within one path. The
/// settings of the mesh are those of the first path that has any.
package struct JoinedConfiguration: Sendable {
    /// All objects that are in effect, and the settings.
    package let config: ConfigSnapshot
    /// Faults and warnings of all paths, sorted by place.
    package let diagnostics: [Diagnostic]
    /// Those of them that no path tells by itself: objects that another path defines, too.
    package let clashes: Set<Diagnostic>

    /// Joins the latest update of every path, in order of precedence, all read over the settings `mesh`.
    ///
    /// `version` becomes the number of the whole; a single update keeps its own.
    package init(
        _ updates: [ConfigUpdate],
        over mesh: MeshConfiguration = MeshConfiguration(),
        version: UInt64 = 1
    ) {
        if let only = updates.first, updates.count == 1 {
            config = only.snapshot
            diagnostics = only.diagnostics
            clashes = []
            return
        }
        var found: [ObjectKey: MeshObject] = [:]
        var versions: [ObjectKey: UInt64] = [:]
        var clashes: Set<Diagnostic> = []
        for (index, update) in updates.enumerated() {
            for object in update.snapshot.objects {
                if let first = found[object.key] {
                    // Two paths may lead to one file.
                    guard first.metadata.source != object.metadata.source else { continue }
                    clashes.insert(.duplicate(of: first, object))
                    continue
                }
                found[object.key] = object
                // Each path counts on its own; an object that moves to another path must not keep its number.
                let number = update.snapshot.versions[object.key] ?? 0
                versions[object.key] = number &* UInt64(updates.count) &+ UInt64(index)
            }
        }
        let settings = updates.lazy.map(\.snapshot.mesh).first { $0 != mesh } ?? mesh
        config = ConfigSnapshot(objects: found.values, mesh: settings, versions: versions, version: version)
        self.clashes = clashes
        diagnostics = clashes.union(updates.flatMap(\.diagnostics)).sorted()
    }
}

extension Diagnostic {
    /// The author of `object` is told that `first`, elsewhere, is in effect.
    static func duplicate(of first: MeshObject, _ object: MeshObject) -> Diagnostic {
        let unknown = SourceLocation(file: "", line: 1, column: 1)
        let place = first.metadata.source.map { "\($0)" } ?? "another place"
        return Diagnostic(
            .error,
            at: object.metadata.source ?? unknown,
            object: object.key.description,
            "is already defined at \(place), which is in effect; remove one of the two"
        )
    }
}
