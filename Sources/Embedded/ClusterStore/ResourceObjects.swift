import KubernetesAPI

/// All objects of one resource, by namespace and name.
struct ResourceObjects: Sendable {
    private var namespaces: [String: NamespaceObjects] = [:]
    private var sortedNamespaces: [String] = []
    private(set) var count = 0

    func object(namespace: String, name: String) -> StoredObject? { namespaces[namespace]?.objects[name] }

    mutating func put(_ object: StoredObject) {
        let key = object.key
        if namespaces[key.namespace] == nil {
            sortedNamespaces.insert(key.namespace, at: sortedNamespaces.place(of: key.namespace))
        }
        if namespaces[key.namespace, default: NamespaceObjects()].put(object) { count += 1 }
    }

    mutating func remove(_ key: StoreKey) {
        guard namespaces[key.namespace]?.remove(key.name) == true else { return }
        count -= 1
        guard namespaces[key.namespace]?.names.isEmpty == true else { return }
        namespaces[key.namespace] = nil
        let place = sortedNamespaces.place(of: key.namespace)
        if place < sortedNamespaces.count { sortedNamespaces.remove(at: place) }
    }

    func list(namespace: String?, after: StoreKey?, limit: Int, revision: Int64) -> StoredList {
        var result = StoredList(objects: [], revision: revision, next: nil, remaining: 0)
        let wanted = namespace.map { namespaces[$0] == nil ? [] : [$0] } ?? sortedNamespaces
        let room = limit > 0 ? limit : Int.max
        result.objects.reserveCapacity(min(room, count))
        for name in wanted {
            guard let objects = namespaces[name] else { continue }
            var names = objects.names[...]
            if let after {
                if name < after.namespace { continue }
                if name == after.namespace {
                    let place = names.place(of: after.name)
                    names = names.dropFirst(place < names.count && names[place] == after.name ? place + 1 : place)
                }
            }
            let page = names.prefix(room - result.objects.count)
            for name in page {
                if let object = objects.objects[name] { result.objects.append(object) }
            }
            result.remaining += names.count - page.count
        }
        if result.remaining > 0 { result.next = result.objects.last?.key }
        return result
    }
}

/// The objects of one namespace.
struct NamespaceObjects: Sendable {
    private(set) var objects: [String: StoredObject] = [:]
    private(set) var names: [String] = []

    /// True when it is new.
    mutating func put(_ object: StoredObject) -> Bool {
        let name = object.key.name
        let isNew = objects.updateValue(object, forKey: name) == nil
        if isNew { names.insert(name, at: names.place(of: name)) }
        return isNew
    }

    /// True when it was there.
    mutating func remove(_ name: String) -> Bool {
        guard objects.removeValue(forKey: name) != nil else { return false }
        let place = names.place(of: name)
        if place < names.count { names.remove(at: place) }
        return true
    }
}

extension RandomAccessCollection where Element == String, Index == Int {
    /// Where the text stands in this sorted collection, or would.
    func place(of text: String) -> Int {
        var low = startIndex
        var high = endIndex
        while low < high {
            let middle = low + (high - low) / 2
            if self[middle] < text { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
