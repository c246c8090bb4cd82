extension HeaderBlock {
    /// The bytes of `range` for the length of the call; a range that is not of this block reads as empty.
    @inlinable
    @inline(__always)
    package func withBytes<R>(_ range: ByteRange, _ body: (UnsafeRawBufferPointer) -> R) -> R {
        storage.withUnsafeBytes { all in
            guard range.end <= all.count else { return body(UnsafeRawBufferPointer(start: nil, count: 0)) }
            return body(UnsafeRawBufferPointer(rebasing: all[range.start..<range.end]))
        }
    }

    /// The index in `fields` of the first field with that name, or nil.
    @inline(__always)
    package func firstIndex(of known: KnownHeader) -> Int? {
        guard mayContain(known) else { return nil }
        return index(of: known, from: 0)
    }

    /// The index in `fields` of the first field with that name at or after `start`, or nil.
    package func index(of known: KnownHeader, from start: Int) -> Int? {
        var index = start
        while index < fields.count {
            if fields[index].id == known { return index }
            index &+= 1
        }
        return nil
    }

    /// The index in `fields` of the first field with that name at or after `start`, or nil.
    package func firstIndex(of name: HeaderName, from start: Int = 0) -> Int? {
        if name.known != .other {
            guard mayContain(name.known) else { return nil }
            return index(of: name.known, from: start)
        }
        return name.bytes.withUnsafeBytes { index(ofOther: $0, from: start) }
    }

    /// The index of the first field outside `KnownHeader` with exactly these lower-case name bytes.
    func index(ofOther name: UnsafeRawBufferPointer, from start: Int) -> Int? {
        guard let wanted = name.baseAddress else { return nil }
        return storage.withUnsafeBytes { all in
            var index = start
            while index < fields.count {
                let field = fields[index]
                if field.id == .other, Int(field.nameLength) == name.count, let base = all.baseAddress,
                    bytesEqual(base + Int(field.nameOffset), wanted, name.count)
                {
                    return index
                }
                index &+= 1
            }
            return nil
        }
    }

    /// The value of the first field with that name.
    @inline(__always)
    package func value(of known: KnownHeader) -> ByteRange? {
        firstIndex(of: known).map { fields[$0].valueRange }
    }

    /// The value of the first field with that name.
    package func value(of name: HeaderName) -> ByteRange? {
        firstIndex(of: name).map { fields[$0].valueRange }
    }

    /// True if there is at least one field with that name.
    package func isPresent(_ known: KnownHeader) -> Bool { firstIndex(of: known) != nil }

    package func isPresent(_ name: HeaderName) -> Bool { firstIndex(of: name) != nil }

    /// Calls `body` with the value of the first field with that name; nil if there is none.
    @inlinable
    package func withValue<R>(of known: KnownHeader, _ body: (UnsafeRawBufferPointer) -> R) -> R? {
        guard let index = firstIndex(of: known) else { return nil }
        return withBytes(fields[index].valueRange, body)
    }

    /// Whether one of the values of that name satisfies `holds`, each line by itself, as Envoy matches headers since
    /// 1.39; nil if there is none.
    @inlinable
    package func hasValue(of name: HeaderName, where holds: (UnsafeRawBufferPointer) -> Bool) -> Bool? {
        guard var next = firstIndex(of: name) else { return nil }
        while !withBytes(fields[next].valueRange, holds) {
            guard let following = firstIndex(of: name, from: next &+ 1) else { return false }
            next = following
        }
        return true
    }

    /// True if the first value of that header is exactly `expected`.
    package func value(of known: KnownHeader, equals expected: StaticString) -> Bool {
        withValue(of: known) { $0.elementsEqual(expected.bytes) } ?? false
    }

    /// True if any value of that header lists `token` (lower case), compared without case (RFC 9110 section 5.6.1).
    package func value(of known: KnownHeader, contains token: StaticString) -> Bool {
        var start = 0
        guard mayContain(known) else { return false }
        while let index = index(of: known, from: start) {
            if withBytes(fields[index].valueRange, { ListElements($0).contains(token) }) { return true }
            start = index &+ 1
        }
        return false
    }

    /// The first value as text, for tests, logs and admin pages; allocates.
    package func string(of known: KnownHeader) -> String? {
        withValue(of: known) { String(decoding: $0, as: UTF8.self) }
    }

    /// The text of `range`, for tests, logs and admin pages; allocates.
    package func string(_ range: ByteRange) -> String {
        withBytes(range) { String(decoding: $0, as: UTF8.self) }
    }

    /// Every header line in order as lower-case name and value, for tests, logs and admin pages; allocates.
    package var lines: [(name: String, value: String)] {
        fields.filter { isLine($0.id) }.map { (string($0.nameRange), string($0.valueRange)) }
    }

    /// Calls `body` for every header line in order with its name, value and known header.
    package func forEach(_ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer, KnownHeader) -> Void) {
        storage.withUnsafeBytes { all in
            for index in fields.indices where isLine(fields[index].id) {
                let field = fields[index]
                let name = UnsafeRawBufferPointer(rebasing: all[field.nameRange.start..<field.nameRange.end])
                let value = UnsafeRawBufferPointer(rebasing: all[field.valueRange.start..<field.valueRange.end])
                body(name, value, field.id)
            }
        }
    }
}

/// The elements of a comma-separated header value, trimmed, empty ones left out.
struct ListElements: Sequence, IteratorProtocol {
    private var rest: UnsafeRawBufferPointer

    init(_ value: UnsafeRawBufferPointer) { rest = value }

    mutating func next() -> UnsafeRawBufferPointer? {
        while !rest.isEmpty {
            var comma = 0
            while comma < rest.count, rest[comma] != 0x2C { comma &+= 1 }
            let element = UnsafeRawBufferPointer(rebasing: rest[..<comma]).trimmed
            rest = UnsafeRawBufferPointer(rebasing: rest[Swift.min(comma &+ 1, rest.count)...])
            if !element.isEmpty { return element }
        }
        return nil
    }

    func contains(_ token: StaticString) -> Bool {
        var elements = self
        while let element = elements.next() {
            if element.equalsIgnoringCase(token) { return true }
        }
        return false
    }
}
