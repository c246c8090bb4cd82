extension KnownHeader {
    /// Finds the header called `name`, which must already be lower case.
    package init(lowercased name: UnsafeRawBufferPointer) {
        self = KnownHeaderTable.shared.find(name)
    }
}

/// An open-addressed hash table over the known names, built once; a look-up is one probe and one comparison.
struct KnownHeaderTable: @unchecked Sendable {
    /// A name and its header; `length` 0 marks an empty slot.
    struct Slot {
        var name: UnsafePointer<UInt8>?
        var length: Int
        var header: KnownHeader
    }

    static let shared = KnownHeaderTable()
    static let capacity = 1024

    /// The longest known name in bytes: anything longer is `other` without hashing.
    let maximumLength: Int
    // Immutable after init and never freed: the table lives as long as the process.
    private let slots: UnsafeMutablePointer<Slot>

    init() {
        slots = .allocate(capacity: Self.capacity)
        slots.initialize(repeating: Slot(name: nil, length: 0, header: .other), count: Self.capacity)
        var longest = 0
        for header in KnownHeader.allCases where header != .other && header != .removed {
            Self.insert(header.name, header, into: slots)
            longest = max(longest, header.name.utf8CodeUnitCount)
        }
        Self.insert(":authority", .authority, into: slots)
        maximumLength = longest
    }

    private static func insert(_ name: StaticString, _ header: KnownHeader, into slots: UnsafeMutablePointer<Slot>) {
        let bytes = UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
        var index = hash(bytes)
        while slots[index].length != 0 { index = (index &+ 1) & (capacity - 1) }
        slots[index] = Slot(name: name.utf8Start, length: bytes.count, header: header)
    }

    // Length, both ends and the middle tell all known names apart well enough; collisions only cost a probe.
    @inline(__always)
    private static func hash(_ name: UnsafeRawBufferPointer) -> Int {
        let count = name.count
        var mixed = UInt32(truncatingIfNeeded: count) &* 0x9E37
        mixed = (mixed ^ UInt32(name[0])) &* 0x85EB_CA6B
        mixed = (mixed ^ UInt32(name[count &- 1])) &* 0xC2B2_AE35
        mixed = (mixed ^ UInt32(name[count &>> 1])) &* 0x27D4_EB2F
        mixed = (mixed ^ UInt32(name[(count &* 3) &>> 2])) &* 0x1656_67B1
        return Int((mixed >> 16) ^ (mixed >> 5)) & (capacity - 1)
    }

    @inline(__always)
    func find(_ name: UnsafeRawBufferPointer) -> KnownHeader {
        guard name.count > 0, name.count <= maximumLength, let base = name.baseAddress else { return .other }
        var index = Self.hash(name)
        while true {
            let slot = slots[index]
            guard slot.length != 0, let candidate = slot.name else { return .other }
            if slot.length == name.count, bytesEqual(base, candidate, name.count) { return slot.header }
            index = (index &+ 1) & (Self.capacity - 1)
        }
    }
}
