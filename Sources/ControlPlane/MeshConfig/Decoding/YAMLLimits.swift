/// How much a configuration file may ask of the control plane; a tenant's file must not cost it its memory or stack.
package struct YAMLLimits: Sendable, Hashable {
    /// Largest file, bytes.
    package var fileBytes = 8 << 20
    /// Line breaks, commas, colons and opening brackets of one file, which bound the nodes it has before it is parsed.
    package var separators = 600_000
    /// Deepest nesting of lists and mappings.
    package var depth = 64
    /// Nodes of one document that aliases may add.
    package var aliasedNodes = 10_000

    package init() {}
}
