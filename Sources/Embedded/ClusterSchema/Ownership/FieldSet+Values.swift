import KubernetesAPI

/// How server-side apply sees a place of an object.
enum MergeShape {
    case leaf
    case map
    case list(SchemaTraits)

    init(_ value: JSONValue, _ schema: StructuralSchema?) {
        let traits = schema?.traits
        switch value {
        case .object: self = traits?.isAtomicMap == true ? .leaf : .map
        case .array:
            if let traits, traits.listType == .map || traits.listType == .set {
                self = .list(traits)
            } else {
                self = .leaf
            }
        default: self = .leaf
        }
    }

    /// The identity of a list item; missing keys take their default.
    static func element(of item: JSONValue, _ traits: SchemaTraits) -> FieldSet.Element {
        guard traits.listType == .map else { return .value(item) }
        var keys: [String: JSONValue] = [:]
        for name in traits.listMapKeys {
            keys[name] = item[name] ?? traits.items?.traits.properties[name]?.traits.defaultValue
        }
        return .key(keys)
    }
}

extension FieldSet {
    /// The fields that a configuration names: what apply takes ownership of.
    init(applied value: JSONValue, _ schema: StructuralSchema?) {
        switch MergeShape(value, schema) {
        case .leaf: isMember = true
        case .map:
            guard case .object(let members) = value, !members.isEmpty else {
                isMember = true
                return
            }
            for (name, member) in members {
                // What the schema does not know will be pruned, so nobody can own it.
                if let schema, !schema.traits.preservesUnknown, schema.member(name) == nil { continue }
                var child = FieldSet(applied: member, schema?.member(name))
                // The entry of a map is owned itself, a declared field only through what is below it.
                if schema?.traits.properties[name] == nil, schema?.traits.additional != nil { child.isMember = true }
                children[.field(name)] = child
            }
        case .list(let traits):
            guard case .array(let items) = value, !items.isEmpty else {
                isMember = true
                return
            }
            for item in items {
                var child = traits.listType == .map ? FieldSet(applied: item, traits.items) : FieldSet()
                child.isMember = true
                children[MergeShape.element(of: item, traits)] = child
            }
        }
    }

    /// The fields that are new or different in `new`.
    init(changedFrom old: JSONValue?, to new: JSONValue, _ schema: StructuralSchema?) {
        if old == new { return }
        switch MergeShape(new, schema) {
        case .leaf: isMember = true
        case .map:
            guard case .object(let members) = new else { return }
            if old?.object == nil { isMember = true }
            for (name, member) in members {
                let child = FieldSet(changedFrom: old?[name], to: member, schema?.member(name))
                if !child.isEmpty { children[.field(name)] = child }
            }
        case .list(let traits):
            guard case .array(let items) = new else { return }
            if old?.array == nil { isMember = true }
            let before = Dictionary(
                (old?.array ?? []).map { (MergeShape.element(of: $0, traits), $0) },
                uniquingKeysWith: { first, _ in first }
            )
            for item in items {
                let element = MergeShape.element(of: item, traits)
                guard let previous = before[element] else {
                    var child =
                        traits.listType == .map ? FieldSet(changedFrom: nil, to: item, traits.items) : FieldSet()
                    child.isMember = true
                    children[element] = child
                    continue
                }
                guard traits.listType == .map else { continue }
                let child = FieldSet(changedFrom: previous, to: item, traits.items)
                if !child.isEmpty { children[element] = child }
            }
        }
    }

    /// What of this set still stands in `value`.
    func present(in value: JSONValue, _ schema: StructuralSchema?) -> FieldSet {
        var result = FieldSet()
        result.isMember = isMember
        switch MergeShape(value, schema) {
        case .leaf: break
        case .map:
            for (element, child) in children {
                guard case .field(let name) = element, let member = value[name] else { continue }
                let rest = child.present(in: member, schema?.member(name))
                if !rest.isEmpty { result.children[element] = rest }
            }
        case .list(let traits):
            for item in value.array ?? [] {
                let element = MergeShape.element(of: item, traits)
                guard let child = children[element] else { continue }
                let rest = child.present(in: item, traits.items)
                if !rest.isEmpty { result.children[element] = rest }
            }
        }
        return result
    }

    /// This set without what Kubernetes never tracks: identity and bookkeeping of the object.
    var withoutSystemFields: FieldSet {
        var result = self
        for name in ["apiVersion", "kind"] { result.children[.field(name)] = nil }
        guard var metadata = result.children[.field("metadata")] else { return result }
        metadata.isMember = false
        for name in [
            "name", "namespace", "creationTimestamp", "selfLink", "uid", "clusterName", "generation", "managedFields",
            "resourceVersion", "deletionTimestamp", "deletionGracePeriodSeconds",
        ] { metadata.children[.field(name)] = nil }
        result.children[.field("metadata")] = metadata.isEmpty ? nil : metadata
        return result
    }
}
