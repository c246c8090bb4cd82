import KubernetesAPI

/// Merging and removing by a schema's list types.
enum FieldMerge {
    /// `live` with what is applied laid over it.
    static func merge(_ applied: JSONValue, into live: JSONValue?, _ schema: StructuralSchema?) -> JSONValue {
        switch MergeShape(applied, schema) {
        case .leaf: return applied
        case .map:
            guard case .object(let members) = applied else { return applied }
            var result = live?.object ?? [:]
            for (name, member) in members { result[name] = merge(member, into: result[name], schema?.member(name)) }
            return .object(result)
        case .list(let traits):
            guard case .array(let items) = applied else { return applied }
            var result = live?.array ?? []
            var places: [FieldSet.Element: Int] = [:]
            for (index, item) in result.enumerated() { places[MergeShape.element(of: item, traits)] = index }
            for item in items {
                if let index = places[MergeShape.element(of: item, traits)] {
                    result[index] = merge(item, into: result[index], traits.items)
                } else {
                    places[MergeShape.element(of: item, traits)] = result.count
                    result.append(traits.listType == .map ? merge(item, into: nil, traits.items) : item)
                }
            }
            return .array(result)
        }
    }

    /// `value` without the fields of `gone`, except those that `kept` (all other owners) still names or needs.
    ///
    /// Nil when nothing of it is left.
    static func remove(
        _ gone: FieldSet,
        keeping kept: FieldSet,
        from value: JSONValue,
        _ schema: StructuralSchema?
    ) -> JSONValue? {
        if gone.isEmpty { return value }
        switch MergeShape(value, schema) {
        case .leaf: return gone.isMember && kept.isEmpty ? nil : value
        case .map:
            guard case .object(var members) = value else { return value }
            for (element, child) in gone.children {
                guard case .field(let name) = element, let member = members[name] else { continue }
                members[name] = remove(child, keeping: kept[element], from: member, schema?.member(name))
            }
            return members.isEmpty && kept.isEmpty ? nil : .object(members)
        case .list(let traits):
            guard case .array(let items) = value else { return value }
            let rest = items.compactMap { item -> JSONValue? in
                let element = MergeShape.element(of: item, traits)
                guard let child = gone.children[element] else { return item }
                // The item itself was owned: it goes as a whole unless others own part of it.
                if child.isMember, kept[element].isEmpty { return nil }
                return remove(child, keeping: kept[element], from: item, traits.items)
            }
            return rest.isEmpty && kept.isEmpty ? nil : .array(rest)
        }
    }
}
