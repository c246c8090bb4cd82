/// `$setElementOrder/LIST`: elements that the patch names stand in its order; those that only the server has keep
/// their place among their neighbours as well as that allows.
struct ElementOrder {
    private var member: String?
    private var places: [JSONValue: Int] = [:]

    /// `wanted` holds plain values, or objects with the merge key alone.
    init(merge: ListMerge, wanted: [JSONValue]) {
        if case .byKey(let key) = merge { member = key }
        for element in wanted { places[identity(element)] = places.count }
    }

    private func identity(_ element: JSONValue) -> JSONValue {
        guard let member else { return element }
        return element[member] ?? .null
    }

    /// `live` is the list before the merge: what the patch adds goes right behind the element it follows.
    func sorted(_ elements: [JSONValue], live: [JSONValue]) -> [JSONValue] {
        let known = Set(live.map(identity))
        var named: [(place: Int, index: Int)] = []
        var others: [Int] = []
        for (index, element) in elements.enumerated() {
            if let place = places[identity(element)] { named.append((place, index)) } else { others.append(index) }
        }
        named.sort { ($0.place, $0.index) < ($1.place, $1.index) }
        var result: [JSONValue] = []
        result.reserveCapacity(elements.count)
        var waiting = others[...]
        for (_, index) in named {
            while known.contains(identity(elements[index])), let other = waiting.first, other < index {
                result.append(elements[other])
                waiting.removeFirst()
            }
            result.append(elements[index])
        }
        return result + waiting.map { elements[$0] }
    }
}
