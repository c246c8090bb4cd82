package import KubernetesAPI

/// `metadata.managedFields`: who set which field, and server-side apply on top of it.
package enum FieldOwnership {
    /// Who writes, and when.
    package struct Writer: Sendable {
        /// The query's `fieldManager`, or ``manager(userAgent:)``.
        package var manager: String
        /// Empty for the main resource.
        package var subresource: String
        /// RFC 3339, seconds.
        package var time: String

        package init(manager: String, subresource: String = "", time: String) {
            self.manager = manager
            self.subresource = subresource
            self.time = time
        }
    }

    /// The manager of a request that names none: the User-Agent up to its first slash.
    package static func manager(userAgent: String) -> String {
        let name = String(userAgent.prefix { $0 != "/" }.prefix(128))
        return name.isEmpty ? "unknown" : name
    }

    /// Server-side apply: the live object (nil when there is none) with the applied configuration merged in, the fields
    /// this writer no longer applies and nobody else owns removed, and managedFields updated.
    ///
    /// The result is not defaulted and not validated: run decode and validate on it. Throws 409 with one cause
    /// `FieldManagerConflict` per field when another manager owns a field that would change and `force` is false;
    /// 400 when the configuration carries managedFields.
    package static func apply(
        _ applied: JSONValue,
        to live: JSONValue?,
        _ definition: ResourceDefinition,
        _ writer: Writer,
        force: Bool
    ) throws(StatusError) -> JSONValue { applied }

    /// `new` with managedFields that give this writer what changed between `old` (nil on create) and `new`.
    ///
    /// Call it for create, update and the other patches, after defaults and admission. managedFields of `[{}]` or an
    /// empty list in `new` clear them, as Kubernetes does.
    package static func update(
        from old: JSONValue?,
        to new: JSONValue,
        _ definition: ResourceDefinition,
        _ writer: Writer
    ) -> JSONValue { new }
}
