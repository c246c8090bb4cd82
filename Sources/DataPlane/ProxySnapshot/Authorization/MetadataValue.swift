/// A value that a filter leaves for later ones: JSON's kinds, texts as bytes.
///
/// Envoy's dynamic metadata (`google.protobuf.Value`).
package enum MetadataValue: Sendable, Equatable {
    case null
    case boolean(Bool)
    /// A number without fraction that fits.
    case integer(Int64)
    case number(Double)
    case text(ContiguousArray<UInt8>)
    case list([MetadataValue])
    /// Members in the order they came; names are distinct.
    case object([MetadataMember])

    /// The member of that name; nil if there is none or this is no object.
    package func member(_ name: ContiguousArray<UInt8>) -> MetadataValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }
}

/// One named value of an object.
package struct MetadataMember: Sendable, Equatable {
    package var name: ContiguousArray<UInt8>
    package var value: MetadataValue

    package init(name: ContiguousArray<UInt8>, value: MetadataValue) {
        self.name = name
        self.value = value
    }
}

/// What the filters of one request have found out so far, by filter namespace and key.
package struct RequestMetadata: Sendable {
    /// One value of one namespace.
    package struct Entry: Sendable {
        package var namespace: ContiguousArray<UInt8>
        package var key: ContiguousArray<UInt8>
        package var value: MetadataValue
    }

    package private(set) var entries: ContiguousArray<Entry> = []

    package init() {}

    package var isEmpty: Bool { entries.isEmpty }

    /// Sets the value of a key; the last word counts.
    package mutating func set(
        _ namespace: ContiguousArray<UInt8>,
        _ key: ContiguousArray<UInt8>,
        _ value: MetadataValue
    ) {
        for index in entries.indices where entries[index].key == key && entries[index].namespace == namespace {
            entries[index].value = value
            return
        }
        entries.append(Entry(namespace: namespace, key: key, value: value))
    }

    /// The value of a key.
    package func value(_ namespace: ContiguousArray<UInt8>, _ key: ContiguousArray<UInt8>) -> MetadataValue? {
        for entry in entries where entry.key == key && entry.namespace == namespace { return entry.value }
        return nil
    }

    /// The value at the end of a way of keys.
    package func value(
        _ namespace: ContiguousArray<UInt8>,
        _ path: some Collection<ContiguousArray<UInt8>>
    ) -> MetadataValue? {
        guard let key = path.first, var value = value(namespace, key) else { return nil }
        for key in path.dropFirst() {
            guard let next = value.member(key) else { return nil }
            value = next
        }
        return value
    }

    /// Forgets all, and keeps the room.
    package mutating func removeAll() {
        if !entries.isEmpty { entries.removeAll(keepingCapacity: true) }
    }
}
