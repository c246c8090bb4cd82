// The same edits for values at hand in other shapes, none of which makes a String.
extension HeaderBlock {
    /// Sets a header to one line, whatever lines it had.
    package mutating func set(_ known: KnownHeader, _ value: StaticString) { set(known, value.bytes) }
    /// Adds a header line; an existing one of the same name stays.
    package mutating func add(_ known: KnownHeader, _ value: StaticString) { add(known, value.bytes) }
    package mutating func set(_ name: HeaderName, _ value: StaticString) { set(name, value.bytes) }
    package mutating func add(_ name: HeaderName, _ value: StaticString) { add(name, value.bytes) }

    package mutating func set(_ known: KnownHeader, _ value: ContiguousArray<UInt8>) {
        value.withUnsafeBytes { set(known, $0) }
    }

    package mutating func add(_ known: KnownHeader, _ value: ContiguousArray<UInt8>) {
        value.withUnsafeBytes { add(known, $0) }
    }

    package mutating func set(_ name: HeaderName, _ value: ContiguousArray<UInt8>) {
        value.withUnsafeBytes { set(name, $0) }
    }

    package mutating func add(_ name: HeaderName, _ value: ContiguousArray<UInt8>) {
        value.withUnsafeBytes { add(name, $0) }
    }

    /// Appends to the first value after `separator`, or adds the header.
    package mutating func append(to name: HeaderName, _ value: ContiguousArray<UInt8>, separator: StaticString = ",") {
        value.withUnsafeBytes { append(to: name, $0, separator: separator) }
    }

    package mutating func append(to known: KnownHeader, _ value: ContiguousArray<UInt8>, separator: StaticString = ",")
    {
        value.withUnsafeBytes { append(to: known, $0, separator: separator) }
    }

    /// Sets a header from text: for configuration-time and local replies, not for the request path.
    package mutating func set(_ known: KnownHeader, _ value: String) {
        var value = value
        value.withUTF8 { set(known, UnsafeRawBufferPointer($0)) }
    }

    package mutating func add(_ known: KnownHeader, _ value: String) {
        var value = value
        value.withUTF8 { add(known, UnsafeRawBufferPointer($0)) }
    }

    package mutating func set(_ name: HeaderName, _ value: String) {
        var value = value
        value.withUTF8 { set(name, UnsafeRawBufferPointer($0)) }
    }

    package mutating func add(_ name: HeaderName, _ value: String) {
        var value = value
        value.withUTF8 { add(name, UnsafeRawBufferPointer($0)) }
    }

    /// Sets a header to a decimal number.
    package mutating func set(_ known: KnownHeader, _ value: UInt64) {
        var digits = DecimalDigits(value)
        digits.withBytes { set(known, $0) }
    }

    package mutating func add(_ known: KnownHeader, _ value: UInt64) {
        var digits = DecimalDigits(value)
        digits.withBytes { add(known, $0) }
    }
}

/// The digits of a number, made in place without a String.
struct DecimalDigits {
    private var digits: InlineArray<20, UInt8> = .init(repeating: 0x30)
    private var start = 20

    init(_ value: UInt64) {
        var rest = value
        repeat {
            start &-= 1
            digits[start] = 0x30 &+ UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        } while rest != 0
    }

    mutating func withBytes<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
        let from = start
        return withUnsafeBytes(of: &digits) { body(UnsafeRawBufferPointer(rebasing: $0[from..<20])) }
    }
}
