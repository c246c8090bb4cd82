/// What the first flight of a TLS client says in the clear: server name and application protocols.
///
/// Envoy's `tls_inspector` listener filter; RFC 8446 section 4.1.2, RFC 6066 section 3, RFC 7301 section 3.1.
package struct ClientHello: Equatable, Sendable {
    /// The `host_name` of the server_name extension in lower case; nil if absent.
    package var serverName: String?
    /// The protocol names of the ALPN extension in the client's order.
    package var applicationProtocols: [String]

    /// Reading the first bytes of a connection as TLS.
    package enum Reading: Equatable, Sendable {
        /// They may become a ClientHello.
        case needMoreData
        /// They are no ClientHello.
        case notTLS
        case hello(ClientHello)
    }

    /// The longest ClientHello looked at, in bytes (Envoy's `TLS_MAX_CLIENT_HELLO`).
    package static let maximumBytes = 64 * 1024

    /// Reads a ClientHello from the start of a connection; it may be spread over several TLS records.
    package static func read(_ bytes: UnsafeRawBufferPointer) -> Reading {
        var handshake: ContiguousArray<UInt8> = []
        var records = ByteReader(bytes)
        while true {
            // Say no at the first byte that cannot be TLS, so that plaintext peers are not kept waiting.
            guard let type = records.byte() else { return .needMoreData }
            guard type == 0x16 else { return .notTLS }
            guard let major = records.byte() else { return .needMoreData }
            guard major == 3 else { return .notTLS }
            guard records.byte() != nil, let length = records.integer(bytes: 2) else { return .needMoreData }
            guard length > 0, length <= 16384 else { return .notTLS }
            let fragment = records.upTo(length)
            handshake.append(contentsOf: fragment)
            if let first = handshake.first, first != 1 { return .notTLS }
            if let reading = handshake.withUnsafeBytes({ readMessage($0) }) { return reading }
            if fragment.count < length { return .needMoreData }
            if handshake.count > maximumBytes { return .notTLS }
        }
    }

    /// Nil while the handshake message is not complete.
    private static func readMessage(_ bytes: UnsafeRawBufferPointer) -> Reading? {
        var reader = ByteReader(bytes)
        guard reader.byte() != nil, let length = reader.integer(bytes: 3) else { return nil }
        guard length <= maximumBytes else { return .notTLS }
        guard let body = reader.exactly(length) else { return nil }
        return readBody(body).map { .hello($0) } ?? .notTLS
    }

    private static func readBody(_ bytes: UnsafeRawBufferPointer) -> ClientHello? {
        var reader = ByteReader(bytes)
        guard reader.exactly(2 + 32) != nil, reader.vector(lengthBytes: 1) != nil else { return nil }
        guard let suites = reader.vector(lengthBytes: 2), suites.count >= 2, suites.count % 2 == 0 else { return nil }
        guard let compressions = reader.vector(lengthBytes: 1), !compressions.isEmpty else { return nil }
        var hello = ClientHello(serverName: nil, applicationProtocols: [])
        if reader.isAtEnd { return hello }
        guard let extensions = reader.vector(lengthBytes: 2), reader.isAtEnd else { return nil }
        var rest = ByteReader(extensions)
        while !rest.isAtEnd {
            guard let type = rest.integer(bytes: 2), let content = rest.vector(lengthBytes: 2) else { return nil }
            switch type {
            case 0:
                guard let name = readServerName(content) else { return nil }
                hello.serverName = name
            case 16:
                guard let protocols = readProtocols(content) else { return nil }
                hello.applicationProtocols = protocols
            default: break
            }
        }
        return hello
    }

    private static func readServerName(_ bytes: UnsafeRawBufferPointer) -> String? {
        var reader = ByteReader(bytes)
        guard let list = reader.vector(lengthBytes: 2), reader.isAtEnd else { return nil }
        var names = ByteReader(list)
        guard names.byte() == 0, let name = names.vector(lengthBytes: 2), names.isAtEnd else { return nil }
        guard !name.isEmpty, name.count <= 255, name.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
        return String(decoding: name, as: UTF8.self).lowercased()
    }

    private static func readProtocols(_ bytes: UnsafeRawBufferPointer) -> [String]? {
        var reader = ByteReader(bytes)
        guard let list = reader.vector(lengthBytes: 2), reader.isAtEnd, !list.isEmpty else { return nil }
        var names = ByteReader(list)
        var protocols: [String] = []
        while !names.isAtEnd {
            guard let name = names.vector(lengthBytes: 1), !name.isEmpty else { return nil }
            protocols.append(String(decoding: name, as: UTF8.self))
        }
        return protocols
    }
}

/// A bounds-checked cursor over network-order fields; every read past the end is nil.
struct ByteReader {
    private let bytes: UnsafeRawBufferPointer
    private var position = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    var isAtEnd: Bool { position == bytes.count }
    private var remaining: Int { bytes.count &- position }

    mutating func byte() -> UInt8? {
        guard remaining > 0 else { return nil }
        defer { position &+= 1 }
        return bytes[position]
    }

    mutating func integer(bytes count: Int) -> Int? {
        guard remaining >= count else { return nil }
        var value = 0
        for _ in 0..<count { value = value << 8 | Int(byte() ?? 0) }
        return value
    }

    mutating func exactly(_ count: Int) -> UnsafeRawBufferPointer? {
        guard count >= 0, remaining >= count else { return nil }
        defer { position &+= count }
        return UnsafeRawBufferPointer(rebasing: bytes[position..<(position &+ count)])
    }

    mutating func upTo(_ count: Int) -> UnsafeRawBufferPointer {
        exactly(min(count, remaining)) ?? UnsafeRawBufferPointer(start: nil, count: 0)
    }

    mutating func vector(lengthBytes: Int) -> UnsafeRawBufferPointer? {
        guard let length = integer(bytes: lengthBytes) else { return nil }
        return exactly(length)
    }
}
