package import MeshConfig

/// What a source hands on after a change: everything, what differs, and what to tell the authors.
package struct ConfigUpdate: Sendable {
    /// All objects that are in effect.
    package var snapshot: ConfigSnapshot
    /// Keys of the objects that were added, changed or deleted since the update before.
    package var changed: Set<ObjectKey>
    /// Whether the mesh-wide settings differ from the update before.
    package var isMeshChanged: Bool
    /// Faults and warnings of everything that is read at present, sorted by place.
    package var diagnostics: [Diagnostic]

    /// Faults alone.
    package var errors: [Diagnostic] { diagnostics.filter { $0.severity == .error } }
}
