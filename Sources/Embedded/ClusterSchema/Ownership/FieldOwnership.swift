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
    ) throws(StatusError) -> JSONValue {
        if applied[path: ["metadata", "managedFields"]]?.array?.isEmpty == false {
            throw StatusError(.badRequest, "metadata.managedFields must be nil")
        }
        let schema = definition.schema
        var configuration = applied
        for name in ["managedFields", "creationTimestamp", "resourceVersion", "uid", "generation"] {
            configuration[path: ["metadata", name]] = nil
        }
        let wanted = FieldSet(applied: configuration, schema).withoutSystemFields
        var managed = ManagedFields(live)
        let me = ManagedFields.Entry(
            manager: writer.manager,
            operation: "Apply",
            apiVersion: definition.type.apiVersion,
            subresource: writer.subresource,
            time: writer.time,
            fields: wanted
        )

        var merged = FieldMerge.merge(configuration, into: live, schema)
        let changed = FieldSet(changedFrom: live, to: merged, schema)
        var conflicts: [(ManagedFields.Entry, [FieldSet.Element])] = []
        for (index, entry) in managed.entries.enumerated() where !entry.isSameWriter(as: me) {
            let both = entry.fields.intersection(changed).intersection(wanted)
            if both.isEmpty { continue }
            if force {
                managed.entries[index].fields = entry.fields.subtracting(both)
            } else {
                conflicts += both.paths.map { (entry, $0) }
            }
        }
        guard conflicts.isEmpty else { throw conflict(conflicts, definition.type, applied) }

        let previous = managed.entries.first { $0.isSameWriter(as: me) }
        managed.entries.removeAll { $0.isSameWriter(as: me) }
        if let previous {
            let gone = previous.fields.subtracting(wanted)
            let kept = managed.entries.reduce(wanted) { $0.union($1.fields) }
            merged = FieldMerge.remove(gone, keeping: kept, from: merged, schema) ?? merged
        }
        for index in managed.entries.indices {
            managed.entries[index].fields = managed.entries[index].fields.present(in: merged, schema)
        }
        var mine = me
        // An apply that changes nothing keeps its time, so that it changes nothing at all.
        if let previous, previous.fields == wanted, live.map({ withoutManagers($0) == withoutManagers(merged) }) == true
        {
            mine.time = previous.time
        }
        managed.entries.append(mine)
        return managed.written(into: merged)
    }

    /// `new` with managedFields that give this writer what changed between `old` (nil on create) and `new`.
    ///
    /// Call it for create, update and the other patches, after defaults and admission. managedFields of `[{}]` or an
    /// empty list in `new` clear them, as Kubernetes does.
    package static func update(
        from old: JSONValue?,
        to new: JSONValue,
        _ definition: ResourceDefinition,
        _ writer: Writer
    ) -> JSONValue {
        let schema = definition.schema
        let sent = new[path: ["metadata", "managedFields"]]?.array
        if let sent, old != nil, sent.isEmpty || sent == [[:]] {
            return ManagedFields(nil).written(into: new)
        }
        // kubectl sends changed entries when it moves an object to server-side apply; otherwise the stored ones count.
        var managed = ManagedFields(sent == nil ? old : new)
        let before = old.map(withoutManagers)
        let after = withoutManagers(new)
        let changed = FieldSet(changedFrom: before, to: after, schema).withoutSystemFields
        let me = ManagedFields.Entry(
            manager: writer.manager,
            operation: "Update",
            apiVersion: definition.type.apiVersion,
            subresource: writer.subresource,
            time: writer.time,
            fields: changed
        )
        for (index, entry) in managed.entries.enumerated() {
            var fields = entry.fields.present(in: after, schema)
            if !entry.isSameWriter(as: me) { fields = fields.subtracting(changed) }
            managed.entries[index].fields = fields
        }
        guard !changed.isEmpty else { return managed.written(into: new) }
        if let index = managed.entries.firstIndex(where: { $0.isSameWriter(as: me) }) {
            managed.entries[index].fields = managed.entries[index].fields.union(changed)
            managed.entries[index].time = writer.time
        } else {
            managed.entries.append(me)
        }
        return managed.written(into: new)
    }

    private static func withoutManagers(_ object: JSONValue) -> JSONValue {
        var object = object
        object[path: ["metadata", "managedFields"]] = nil
        return object
    }

    private static func conflict(
        _ conflicts: [(ManagedFields.Entry, [FieldSet.Element])],
        _ type: ResourceType,
        _ applied: JSONValue
    ) -> StatusError {
        var lines: [String] = []
        if conflicts.count == 1 {
            let (entry, path) = conflicts[0]
            lines = ["1 conflict: conflict with \(entry.description): \(FieldSet.text(path))"]
        } else {
            lines = ["\(conflicts.count) conflicts:"]
            var last = ""
            for (entry, path) in conflicts {
                if entry.description != last {
                    last = entry.description
                    let line = "conflicts with \(last):"
                    if lines.count == 1 { lines[0] += " \(line)" } else { lines.append(line) }
                }
                lines.append("- \(FieldSet.text(path))")
            }
        }
        var error = StatusError(.conflict, "Apply failed with " + lines.joined(separator: "\n"))
            .about(type, applied[path: ["metadata", "name"]]?.string ?? "")
        error.causes = conflicts.map { entry, path in
            StatusError.Cause(
                reason: "FieldManagerConflict",
                message: "conflict with \(entry.description)",
                field: FieldSet.text(path)
            )
        }
        return error
    }
}
