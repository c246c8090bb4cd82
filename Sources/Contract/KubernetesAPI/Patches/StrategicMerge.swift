/// Kubernetes' strategic merge patch, `application/strategic-merge-patch+json`: a merge patch that knows which lists
/// are keyed (API conventions, "Strategic Merge Patch").
package enum StrategicMerge {
    /// `live` with `patch` merged in.
    ///
    /// Understands `$patch: replace|delete|merge`, `$retainKeys`, `$setElementOrder/LIST` and
    /// `$deleteFromPrimitiveList/LIST`. `kind` is the kind of the whole object, such as `Deployment`; lists of unknown
    /// kinds are replaced, as Kubernetes does for lists without a key. Throws `.badRequest` on a directive that is none
    /// and on an element without its merge key, naming the field.
    package static func apply(
        _ patch: JSONValue,
        to live: JSONValue,
        kind: String
    ) throws(StatusError) -> JSONValue {
        guard let changes = patch.object else {
            throw StatusError(.badRequest, "a strategic merge patch must be an object")
        }
        return .object(try StrategicMergeStep(kind: kind).merge(changes, into: live.object ?? [:], at: ""))
    }
}

/// The merge of one object of one kind.
struct StrategicMergeStep {
    var kind: String

    private static let directive = "$patch"
    private static let retainKeys = "$retainKeys"
    private static let order = "$setElementOrder/"
    private static let removals = "$deleteFromPrimitiveList/"

    private func refusal(_ path: String, _ why: String) -> StatusError {
        StatusError(.badRequest, "strategic merge patch: \(path.isEmpty ? "the object" : path): \(why)")
    }

    func merge(
        _ patch: [String: JSONValue],
        into live: [String: JSONValue],
        at path: String
    ) throws(StatusError) -> [String: JSONValue] {
        let before = live
        var live = live
        if let directive = patch[Self.directive] {
            switch directive.string {
            case "replace": return patch.filter { $0.key != Self.directive }
            case "delete": return [:]
            case "merge": break
            default: throw refusal(path, "$patch must be replace, delete or merge, and is \(directive.jsonText)")
            }
        }
        if let retained = patch[Self.retainKeys] {
            guard let names = retained.array?.compactMap(\.string) else {
                throw refusal(path, "$retainKeys must be a list of names")
            }
            let kept = Set(names)
            for (name, value) in patch where !name.hasPrefix("$") && !value.isNull && !kept.contains(name) {
                throw refusal(path, "$retainKeys must name \"\(name)\", which the patch sets")
            }
            live = live.filter { kept.contains($0.key) }
        }
        for (name, change) in patch where !name.hasPrefix("$") {
            live[name] = try merged(change, into: live[name], at: path.isEmpty ? name : "\(path).\(name)")
        }
        for (name, values) in patch where name.hasPrefix(Self.removals) {
            let list = String(name.dropFirst(Self.removals.count))
            guard let values = values.array else { throw refusal(path, "\(name) must be a list") }
            guard let elements = live[list]?.array else { continue }
            let gone = Set(values)
            live[list] = .array(elements.filter { !gone.contains($0) })
        }
        for (name, wanted) in patch where name.hasPrefix(Self.order) {
            let list = String(name.dropFirst(Self.order.count))
            guard let wanted = wanted.array else { throw refusal(path, "\(name) must be a list") }
            guard let elements = live[list]?.array else { continue }
            let listPath = path.isEmpty ? list : "\(path).\(list)"
            let order = ElementOrder(merge: MergeKeys.merge(listPath, kind: kind), wanted: wanted)
            live[list] = .array(order.sorted(elements, live: before[list]?.array ?? []))
        }
        return live
    }

    /// Nil when the member goes away.
    private func merged(
        _ change: JSONValue,
        into live: JSONValue?,
        at path: String
    ) throws(StatusError) -> JSONValue? {
        switch change {
        case .null: return nil
        case .object(let members):
            let isNew = live?.object == nil
            // Deleting what is not there must not leave an empty object behind.
            if isNew, members[Self.directive]?.string == "delete" { return nil }
            return .object(try merge(members, into: live?.object ?? [:], at: path))
        case .array(let elements):
            return .array(try merge(elements, into: live?.array ?? [], at: path))
        default: return change
        }
    }

    private func merge(
        _ patch: [JSONValue],
        into live: [JSONValue],
        at path: String
    ) throws(StatusError) -> [JSONValue] {
        switch MergeKeys.merge(path, kind: kind) {
        case .atomic: return patch.filter { $0[Self.directive] == nil }
        case .set:
            var elements = live
            for value in patch where !elements.contains(value) { elements.append(value) }
            return elements
        case .byKey(let key): return try merge(patch, into: live, by: key, at: path)
        }
    }

    private func merge(
        _ patch: [JSONValue],
        into live: [JSONValue],
        by key: String,
        at path: String
    ) throws(StatusError) -> [JSONValue] {
        let replaces = patch.contains { $0[Self.directive]?.string == "replace" }
        var elements = replaces ? [] : live
        for change in patch {
            guard var members = change.object else { throw refusal(path, "elements must be objects") }
            let directive = members.removeValue(forKey: Self.directive)
            switch directive?.string {
            case "replace": continue
            case "merge" where members.isEmpty: continue
            case nil where directive == nil, "merge": break
            case "delete": break
            default: throw refusal(path, "$patch must be replace, delete or merge")
            }
            guard let value = members[key] else {
                throw refusal(path, "an element does not contain the declared merge key: \(key)")
            }
            let index = elements.firstIndex { $0[key]?.isEquivalent(to: value) ?? false }
            if directive?.string == "delete" {
                elements.removeAll { $0[key]?.isEquivalent(to: value) ?? false }
            } else if let index, let present = elements[index].object {
                elements[index] = .object(try merge(members, into: present, at: path))
            } else {
                elements.append(.object(try merge(members, into: [:], at: path)))
            }
        }
        return elements
    }
}
