/// A stream's number; those of the client are odd.
typealias SPDYStreamID = UInt32

/// Numbers of SPDY/3.1 (sections 2.6.1 to 2.6.10) and how frames are written.
enum SPDYFrame {
    enum Kind: UInt16, Sendable {
        case synStream = 1
        case synReply = 2
        case rstStream = 3
        case settings = 4
        case ping = 6
        case goAway = 7
        case headers = 8
        case windowUpdate = 9
    }

    /// RST_STREAM's status codes.
    enum Reset: UInt32, Sendable {
        case protocolError = 1
        case invalidStream = 2
        case refusedStream = 3
        case unsupportedVersion = 4
        case cancel = 5
        case internalError = 6
        case flowControlError = 7
        case streamInUse = 8
        case streamAlreadyClosed = 9
        case frameTooLarge = 11
    }

    /// GOAWAY's status codes.
    enum GoAway: UInt32, Sendable {
        case ok = 0
        case protocolError = 1
        case internalError = 2
    }

    static let version: UInt16 = 3
    static let finish: UInt8 = 0x01
    static let unidirectional: UInt8 = 0x02
    /// The longest payload a frame can have.
    static let longestPayload = 0xFF_FFFF

    static func bytes(_ number: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: number >> UInt32(24 - 8 * $0)) }
    }

    /// A control frame; `payload` is shorter than ``longestPayload``.
    static func control(_ kind: Kind, flags: UInt8 = 0, _ payload: [UInt8]) -> [UInt8] {
        let first = 0x8000_0000 | UInt32(version) << 16 | UInt32(kind.rawValue)
        let second = UInt32(flags) << 24 | UInt32(truncatingIfNeeded: payload.count) & 0xFF_FFFF
        return bytes(first) + bytes(second) + payload
    }

    /// A DATA frame; `payload` is shorter than ``longestPayload``.
    static func data(_ stream: SPDYStreamID, flags: UInt8 = 0, _ payload: [UInt8]) -> [UInt8] {
        let second = UInt32(flags) << 24 | UInt32(truncatingIfNeeded: payload.count) & 0xFF_FFFF
        return bytes(stream & 0x7FFF_FFFF) + bytes(second) + payload
    }
}
