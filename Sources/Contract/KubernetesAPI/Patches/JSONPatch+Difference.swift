extension JSONPatch {
    /// A patch that makes `new` out of `old`: empty when they are equal.
    ///
    /// Objects are compared member by member in the order of their names; a list keeps its common beginning and end,
    /// and what lies between is changed in place, then removed from its end or added to.
    package static func diff(from old: JSONValue, to new: JSONValue) -> JSONPatch {
        var patch = JSONPatch(operations: [])
        patch.append(from: old, to: new, at: JSONPointer(tokens: []))
        return patch
    }

    private mutating func append(from old: JSONValue, to new: JSONValue, at place: JSONPointer) {
        if old == new { return }
        switch (old, new) {
        case (.object(let before), .object(let after)):
            for name in Set(before.keys).union(after.keys).sorted() {
                let member = place.appending(name)
                switch (before[name], after[name]) {
                case (let before?, let after?): append(from: before, to: after, at: member)
                case (nil, let after?): operations.append(.add(member, after))
                case (_?, nil): operations.append(.remove(member))
                case (nil, nil): break
                }
            }
        case (.array(let before), .array(let after)):
            appendList(from: before, to: after, at: place)
        default:
            operations.append(.replace(place, new))
        }
    }

    private mutating func appendList(from before: [JSONValue], to after: [JSONValue], at place: JSONPointer) {
        let start = zip(before, after).prefix { $0 == $1 }.count
        let end = zip(before.dropFirst(start).reversed(), after.dropFirst(start).reversed()).prefix { $0 == $1 }.count
        let removed = before.count - start - end
        let added = after.count - start - end
        for index in start..<(start + min(removed, added)) {
            append(from: before[index], to: after[index], at: place.appending(String(index)))
        }
        for index in (start + min(removed, added)..<start + removed).reversed() {
            operations.append(.remove(place.appending(String(index))))
        }
        for index in start + min(removed, added)..<start + added {
            operations.append(.add(place.appending(String(index)), after[index]))
        }
    }
}
