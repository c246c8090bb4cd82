/// What one configuration file holds.
package struct DecodedFile: Sendable {
    /// Objects that are whole and valid, in the order they were written.
    package var objects: [MeshObject] = []
    /// Objects that were found and rejected; their last good version is to stay.
    package var rejected: [ObjectKey] = []
    /// Mesh-wide settings of a ConfigMap `istio`, as text to merge over the defaults.
    package var mesh: MeshConfigurationSource?
    /// Faults and warnings.
    package var diagnostics: [Diagnostic] = []
    /// Whether some document could not be read far enough to know its object.
    package var hasUnreadableDocuments = false

    package init() {}
}

/// The text of mesh-wide settings and where it stands.
package struct MeshConfigurationSource: Sendable, Hashable {
    /// YAML or JSON.
    package var text: String
    /// Name of the file.
    package var file: String
    /// Line of the first line of `text`.
    package var line: Int

    package init(text: String, file: String, line: Int = 1) {
        self.text = text
        self.file = file
        self.line = line
    }
}
