/// One rtnetlink request as bytes: `nlmsghdr`, a fixed header by type, attributes (netlink(7), rtnetlink(7)).
///
/// All numbers are in the machine's byte order; attributes are padded to four bytes.
struct NetlinkMessage: Equatable {
    /// `RTM_*` of linux/rtnetlink.h.
    enum Kind: UInt16 {
        case newLink = 16
        case deleteLink = 17
        case setLink = 19
        case newAddress = 20
        case newRoute = 24
        case newNeighbour = 28
    }

    private(set) var bytes: [UInt8] = []

    /// `NLM_F_REQUEST | NLM_F_ACK`, for what is made also `NLM_F_CREATE | NLM_F_EXCL`.
    init(_ kind: Kind, sequence: UInt32, header: (inout NetlinkMessage) -> Void) {
        append(UInt32(0))
        append(kind.rawValue)
        append(UInt16(kind == .deleteLink || kind == .setLink ? 0x5 : 0x605))
        append(sequence)
        append(UInt32(0))
        header(&self)
    }

    /// The bytes with their length told in the first four.
    var finished: [UInt8] {
        var finished = bytes
        finished.replaceSubrange(0..<4, with: Self.native(UInt32(truncatingIfNeeded: bytes.count)))
        return finished
    }

    mutating func append(_ value: some FixedWidthInteger) { bytes += Self.native(value) }

    /// `struct ifinfomsg`.
    mutating func appendLinkHeader(index: Int32 = 0, isUp: Bool = false) {
        append(UInt32(0))
        append(index)
        append(UInt32(isUp ? 1 : 0))
        append(UInt32(isUp ? 1 : 0))
    }

    mutating func attribute(_ type: UInt16, _ value: [UInt8]) {
        attribute(type) { $0.bytes += value }
    }

    mutating func attribute(_ type: UInt16, number: some FixedWidthInteger) {
        attribute(type) { $0.append(number) }
    }

    /// With its closing zero.
    mutating func attribute(_ type: UInt16, text: String) { attribute(type, Array(text.utf8) + [0]) }

    /// An attribute whose value is whatever `body` appends.
    mutating func attribute(_ type: UInt16, _ body: (inout NetlinkMessage) -> Void) {
        let start = bytes.count
        append(UInt16(0))
        append(type)
        body(&self)
        let length = UInt16(truncatingIfNeeded: bytes.count - start)
        bytes.replaceSubrange(start..<(start + 2), with: Self.native(length))
        while bytes.count % 4 != 0 { bytes.append(0) }
    }

    private static func native(_ value: some FixedWidthInteger) -> [UInt8] { withUnsafeBytes(of: value) { Array($0) } }
}
