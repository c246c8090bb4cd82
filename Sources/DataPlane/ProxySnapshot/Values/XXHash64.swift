/// XXH64, the hash of Envoy's hashing balancers (github.com/Cyan4973/xxHash, `doc/xxhash_spec.md`).
///
/// Not for secrets, nor for tables that a stranger fills.
package enum XXHash64 {
    private static let prime1: UInt64 = 0x9e37_79b1_85eb_ca87
    private static let prime2: UInt64 = 0xc2b2_ae3d_27d4_eb4f
    private static let prime3: UInt64 = 0x1656_67b1_9e37_79f9
    private static let prime4: UInt64 = 0x85eb_ca77_c2b2_ae63
    private static let prime5: UInt64 = 0x27d4_eb2f_1656_67c5

    /// The hash of `bytes`.
    package static func hash(_ bytes: UnsafeRawBufferPointer, seed: UInt64 = 0) -> UInt64 {
        var offset = 0
        var hash = seed &+ prime5
        if bytes.count >= 32 {
            hash = stripes(bytes, seed)
            offset = bytes.count & ~31
        }
        hash &+= UInt64(bytes.count)
        while offset &+ 8 <= bytes.count {
            hash = rotate(hash ^ round(0, word(bytes, offset)), 27) &* prime1 &+ prime4
            offset &+= 8
        }
        if offset &+ 4 <= bytes.count {
            let half = UInt64(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
            hash = rotate(hash ^ (half &* prime1), 23) &* prime2 &+ prime3
            offset &+= 4
        }
        while offset < bytes.count {
            hash = rotate(hash ^ (UInt64(bytes[offset]) &* prime5), 11) &* prime1
            offset &+= 1
        }
        hash = (hash ^ (hash >> 33)) &* prime2
        hash = (hash ^ (hash >> 29)) &* prime3
        return hash ^ (hash >> 32)
    }

    /// The hash of `bytes`.
    package static func hash(_ bytes: ContiguousArray<UInt8>, seed: UInt64 = 0) -> UInt64 {
        bytes.withUnsafeBytes { hash($0, seed: seed) }
    }

    /// What the whole stripes of 32 bytes come to.
    private static func stripes(_ bytes: UnsafeRawBufferPointer, _ seed: UInt64) -> UInt64 {
        var first = seed &+ prime1 &+ prime2
        var second = seed &+ prime2
        var third = seed
        var fourth = seed &- prime1
        var offset = 0
        while offset &+ 32 <= bytes.count {
            first = round(first, word(bytes, offset))
            second = round(second, word(bytes, offset &+ 8))
            third = round(third, word(bytes, offset &+ 16))
            fourth = round(fourth, word(bytes, offset &+ 24))
            offset &+= 32
        }
        let hash = rotate(first, 1) &+ rotate(second, 7) &+ rotate(third, 12) &+ rotate(fourth, 18)
        return merge(merge(merge(merge(hash, first), second), third), fourth)
    }

    @inline(__always)
    private static func merge(_ hash: UInt64, _ lane: UInt64) -> UInt64 {
        (hash ^ round(0, lane)) &* prime1 &+ prime4
    }

    @inline(__always)
    private static func round(_ lane: UInt64, _ input: UInt64) -> UInt64 {
        rotate(lane &+ input &* prime2, 31) &* prime1
    }

    @inline(__always)
    private static func rotate(_ value: UInt64, _ count: UInt64) -> UInt64 { value << count | value >> (64 &- count) }

    /// The caller has checked that eight bytes are there.
    @inline(__always)
    private static func word(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> UInt64 {
        UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
}
