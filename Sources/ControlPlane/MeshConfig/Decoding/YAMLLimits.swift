/// How much a configuration file may ask of the control plane; a tenant's file must not cost it its memory or stack.
package struct YAMLLimits: Sendable, Hashable {
    /// Largest file, bytes.
    package var fileBytes = 8 << 20
    /// Deepest nesting of lists and mappings.
    package var depth = 64
    /// Nodes of one document that aliases may add.
    package var aliasedNodes = 10_000

    package init() {}
}
