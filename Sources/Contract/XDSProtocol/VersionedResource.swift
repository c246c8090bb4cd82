package import SwiftProtobuf

/// One resource ready for the wire: its name, the version of its content and its encoded body.
///
/// The body is shared between all clients that get the same content; copying the value copies references only.
package struct VersionedResource: Sendable, Equatable {
    /// The name by which clients subscribe.
    package let name: String
    /// Names the content: equal versions of one name mean equal bodies.
    package let version: String
    /// The packed resource.
    package let body: Google_Protobuf_Any

    /// Ties a name and a content version to an encoded body.
    package init(name: String, version: String, body: Google_Protobuf_Any) {
        self.name = name
        self.version = version
        self.body = body
    }
}

/// The version of a set of resources: independent of order, equal for equal (name, version) pairs on every machine.
///
/// State-of-the-world responses carry one version per type (`version_info`); this is it. 64 bits, kept as a wrapping
/// sum so that one changed resource costs one subtraction and one addition.
package struct SetVersion: Sendable, Hashable, CustomStringConvertible {
    private var sum: UInt64 = 0
    private var count: UInt64 = 0

    /// The version of the empty set.
    package init() {}

    /// The version of these resources.
    package init(_ resources: [VersionedResource]) {
        for resource in resources { insert(name: resource.name, version: resource.version) }
    }

    /// Adds one pair; the caller takes care not to add it twice.
    package mutating func insert(name: String, version: String) {
        sum &+= Self.hash(name, version)
        count &+= 1
    }

    /// Takes one pair out again.
    package mutating func remove(name: String, version: String) {
        sum &-= Self.hash(name, version)
        count &-= 1
    }

    /// Sixteen hexadecimal digits.
    package var description: String {
        let digits = String(sum &+ count, radix: 16)
        return String(repeating: "0", count: 16 - min(16, digits.utf8.count)) + digits
    }

    /// FNV-1a (the seed of Swift's `Hasher` differs per process; a version must outlive it), with a final mix
    /// because plain sums of FNV values of similar names are not well spread.
    private static func hash(_ name: String, _ version: String) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        func mix(_ byte: UInt8) {
            hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
        }
        for byte in name.utf8 { mix(byte) }
        mix(0)
        for byte in version.utf8 { mix(byte) }
        hash ^= hash >> 33
        hash = hash &* 0xff51_afd7_ed55_8ccd
        hash ^= hash >> 33
        return hash
    }
}
