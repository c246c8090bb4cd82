extension HeaderBlock {
    /// Adds a header line; an existing one of the same name stays.
    package mutating func add(_ known: KnownHeader, _ value: UnsafeRawBufferPointer) {
        append(known, name: known.name.bytes, value: value)
    }

    /// Sets a header to one line: the first one takes the value, further ones go.
    package mutating func set(_ known: KnownHeader, _ value: UnsafeRawBufferPointer) {
        guard let first = firstIndex(of: known) else { return add(known, value) }
        rewrite(first, value)
        removeDuplicates(of: known, after: first)
    }

    /// Adds a header line; an existing one of the same name stays.
    package mutating func add(_ name: HeaderName, _ value: UnsafeRawBufferPointer) {
        name.bytes.withUnsafeBytes { append(name.known, name: $0, value: value) }
    }

    package mutating func set(_ name: HeaderName, _ value: UnsafeRawBufferPointer) {
        guard let first = firstIndex(of: name) else { return add(name, value) }
        rewrite(first, value)
        while let more = firstIndex(of: name, from: first &+ 1) { fields[more].id = .removed }
    }

    /// Removes every line of that header; the answer says whether there was one.
    @discardableResult
    package mutating func remove(_ known: KnownHeader) -> Bool {
        guard let first = firstIndex(of: known) else { return false }
        fields[first].id = .removed
        removeDuplicates(of: known, after: first)
        forgetPresence(known)
        return true
    }

    @discardableResult
    package mutating func remove(_ name: HeaderName) -> Bool {
        if name.known != .other { return remove(name.known) }
        return name.bytes.withUnsafeBytes { removeOther($0) }
    }

    /// Removes the header line at an index of `fields`.
    package mutating func remove(at index: Int) {
        guard fields.indices.contains(index) else { return }
        fields[index].id = .removed
    }

    /// Appends to the first value after `separator`, or adds the header: how proxies extend `x-forwarded-for`.
    package mutating func append(to known: KnownHeader, _ value: UnsafeRawBufferPointer, separator: StaticString = ",")
    {
        guard let first = firstIndex(of: known) else { return add(known, value) }
        extend(first, value, separator: separator.bytes)
    }

    package mutating func append(to name: HeaderName, _ value: UnsafeRawBufferPointer, separator: StaticString = ",") {
        guard let first = firstIndex(of: name) else { return add(name, value) }
        extend(first, value, separator: separator.bytes)
    }

    /// Gives `known` the bytes of `range`, which must be of this block: how `x-envoy-original-path` is made.
    package mutating func set(_ known: KnownHeader, copying range: ByteRange) {
        guard range.end <= storage.count else { return }
        remove(known)
        let name = known.name.bytes
        // The line takes its value from where it lies already; only writing it puts the two together.
        let start = storage.count
        storage.append(name)
        let field = HeaderField(
            nameOffset: UInt32(truncatingIfNeeded: start),
            valueOffset: range.offset,
            valueLength: range.length,
            nameLength: UInt16(truncatingIfNeeded: name.count),
            id: known,
            isVerbatim: false
        )
        fields.append(field)
        notePresence(known)
    }

    /// Points the value of field `index` at bytes already in storage; the line is written anew from its parts.
    mutating func rewrite(_ index: Int, to range: ByteRange) {
        fields[index].valueOffset = range.offset
        fields[index].valueLength = range.length
        fields[index].isVerbatim = false
    }

    private mutating func rewrite(_ index: Int, _ value: UnsafeRawBufferPointer) {
        let start = storage.count
        storage.append(value)
        rewrite(index, to: ByteRange(start, value.count))
    }

    private mutating func extend(_ index: Int, _ value: UnsafeRawBufferPointer, separator: UnsafeRawBufferPointer) {
        let old = fields[index].valueRange
        let start = storage.count
        storage.reserveCapacity(start &+ old.count &+ separator.count &+ value.count)
        storage.append(copying: old)
        storage.append(separator)
        storage.append(value)
        rewrite(index, to: ByteRange(start, storage.count &- start))
    }

    mutating func append(_ id: KnownHeader, name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) {
        // A longer name cannot be read from the wire, only configured; 64 KiB of name is no name.
        guard let nameLength = UInt16(exactly: name.count) else { return }
        let start = storage.count
        storage.append(name: name, value: value)
        fields.append(
            HeaderField(
                nameOffset: UInt32(truncatingIfNeeded: start),
                valueOffset: UInt32(truncatingIfNeeded: start &+ name.count &+ 2),
                valueLength: UInt32(truncatingIfNeeded: value.count),
                nameLength: nameLength,
                id: id,
                isVerbatim: true
            )
        )
        notePresence(id)
    }

    private mutating func removeDuplicates(of known: KnownHeader, after first: Int) {
        var start = first &+ 1
        while let more = index(of: known, from: start) {
            fields[more].id = .removed
            start = more &+ 1
        }
    }

    @discardableResult
    mutating func removeOther(_ name: UnsafeRawBufferPointer) -> Bool {
        var start = 0
        var found = false
        while let index = index(ofOther: name, from: start) {
            fields[index].id = .removed
            found = true
            start = index &+ 1
        }
        return found
    }
}
