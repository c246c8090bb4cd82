/// JSON Merge Patch (RFC 7386), `application/merge-patch+json`.
package enum MergePatch {
    /// Members of `patch` replace those of `live`, objects are merged, null removes.
    package static func apply(_ patch: JSONValue, to live: JSONValue) -> JSONValue {
        guard case .object(let changes) = patch else { return patch }
        var members = live.object ?? [:]
        for (name, change) in changes {
            if change.isNull {
                members[name] = nil
            } else {
                members[name] = apply(change, to: members[name] ?? .null)
            }
        }
        return .object(members)
    }

    /// The patch that makes `new` out of `old`; lists that differ are replaced whole. Nulls inside `new` cannot be
    /// said by a merge patch and read as absent.
    package static func diff(from old: JSONValue, to new: JSONValue) -> JSONValue {
        guard case .object(let before) = old, case .object(let after) = new else { return new }
        var changes: [String: JSONValue] = [:]
        for name in before.keys where after[name] == nil { changes[name] = .null }
        for (name, value) in after {
            guard let present = before[name] else {
                changes[name] = value
                continue
            }
            if present != value { changes[name] = diff(from: present, to: value) }
        }
        return .object(changes)
    }
}
