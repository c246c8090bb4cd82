package import MeshConfig

/// Brings a `ConfigStore` in line with a path: scans, reads what changed, applies it.
package struct FileReader: Sendable {
    private let path: String
    private let limits: YAMLLimits
    private let isOnce: Bool
    private var store: ConfigStore
    private var known: [String: FileScan.Signature] = [:]
    private var hadFailure = false
    /// Paths that could not be looked into at the last scan, which stand in the store with why.
    private var unreadable: [String: String] = [:]
    private var isLoaded = false
    /// Directories of the last scan, to be watched.
    private(set) var directories: [String] = []

    /// Reads `path`, a directory or a file; settings of the mesh found there are merged over `mesh`.
    ///
    /// With `isOnce` the path may be a pipe, as a shell's `<(command)` is.
    package init(
        path: String,
        mesh: MeshConfiguration = MeshConfiguration(),
        limits: YAMLLimits = YAMLLimits(),
        isOnce: Bool = false
    ) {
        self.path = path
        self.limits = limits
        self.isOnce = isOnce
        self.store = ConfigStore(mesh: mesh, limits: limits)
    }

    /// Looks at the path; nil when nothing changed since the last time.
    package mutating func refresh() -> ConfigUpdate? {
        let scan = FileScan(path: path)
        directories = scan.directories
        var contents: [String: FileContent] = [:]
        var removed = Set(known.keys.filter { scan.files[$0] == nil && !scan.isHidden($0) })
        for (file, signature) in scan.files where known[file] != signature {
            // Only what was named may be a pipe; one that happens to lie in a folder would block without end.
            contents[file] = FileScan.read(file, limit: limits.fileBytes, mayBePipe: isOnce && file == path)
        }
        for (place, reason) in scan.unreadable where unreadable[place] != reason {
            contents[place] = .unreadable(reason)
        }
        if let failure = scan.failure {
            // A path that cannot be read says nothing about its objects, so the last good ones stay.
            guard !hadFailure else { return nil }
            removed = []
            contents[path] = .unreadable(failure)
        } else {
            if hadFailure, scan.files[path] == nil { removed.insert(path) }
            for place in unreadable.keys where scan.unreadable[place] == nil && scan.files[place] == nil {
                removed.insert(place)
            }
            unreadable = scan.unreadable
            let hidden = known.filter { scan.isHidden($0.key) && scan.unreadable[$0.key] == nil }
            known = scan.files.merging(hidden) { found, _ in found }
        }
        defer {
            hadFailure = scan.failure != nil
            isLoaded = true
        }
        guard !isLoaded || !contents.isEmpty || !removed.isEmpty else { return nil }
        return store.apply(contents, removed: removed)
    }
}

extension ConfigStore {
    /// Reads a directory, a file or a pipe once, as `martlet simulate` does.
    package static func load(
        path: String,
        mesh: MeshConfiguration = MeshConfiguration(),
        limits: YAMLLimits = YAMLLimits()
    ) -> ConfigUpdate {
        var reader = FileReader(path: path, mesh: mesh, limits: limits, isOnce: true)
        if let update = reader.refresh() { return update }
        var store = ConfigStore(mesh: mesh, limits: limits)
        return store.apply([:])
    }
}
