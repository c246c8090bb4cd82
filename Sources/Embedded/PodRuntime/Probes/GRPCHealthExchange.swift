import NIOCore

/// One `grpc.health.v1.Health/Check` over HTTP/2 without TLS: a single call, so its few frames are written by hand.
struct GRPCHealthExchange: Sendable {
    var sockets: NamespaceSockets
    var namespace: Int32
    var address: String
    var port: UInt16
    var service: String

    /// Connection preface, SETTINGS, HEADERS and DATA of stream 1 (RFC 9113, RFC 7541 without Huffman or table).
    static func request(service: String, authority: String) -> [UInt8] {
        var block: [UInt8] = []
        func literal(_ name: String, _ value: String) {
            block.append(0)
            for text in [name, value] {
                let bytes = Array(text.utf8.prefix(126))
                block.append(UInt8(bytes.count))
                block += bytes
            }
        }
        literal(":method", "POST")
        literal(":scheme", "http")
        literal(":path", "/grpc.health.v1.Health/Check")
        literal(":authority", authority)
        literal("content-type", "application/grpc")
        literal("te", "trailers")
        literal("user-agent", "kube-probe/1.34")
        var message: [UInt8] = []
        let name = Array(service.utf8.prefix(126))
        if !name.isEmpty { message = [0x0A, UInt8(name.count)] + name }
        let data = [0, 0, 0, 0, UInt8(message.count)] + message
        return Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + frame(4, 0, 0, []) + frame(1, 4, 1, block)
            + frame(0, 1, 1, data)
    }

    private static func frame(_ type: UInt8, _ flags: UInt8, _ stream: UInt8, _ payload: [UInt8]) -> [UInt8] {
        let count = payload.count
        return [UInt8(count >> 16 & 255), UInt8(count >> 8 & 255), UInt8(count & 255), type, flags, 0, 0, 0, stream]
            + payload
    }

    /// What the frames so far say.
    enum Answer: Sendable, Hashable {
        case incomplete
        /// `HealthCheckResponse.status`; 1 is SERVING.
        case status(Int)
        /// The stream ended without a message.
        case none
    }

    static func answer(_ bytes: [UInt8]) -> Answer {
        var rest = bytes[...]
        var data: [UInt8] = []
        while rest.count >= 9 {
            let header = Array(rest.prefix(9))
            let count = Int(header[0]) << 16 | Int(header[1]) << 8 | Int(header[2])
            guard rest.count >= 9 + count else { return .incomplete }
            var payload = Array(rest.dropFirst(9).prefix(count))
            rest = rest.dropFirst(9 + count)
            let isOurs = header[8] == 1
            if header[3] == 0, isOurs {
                if header[4] & 8 != 0, let padding = payload.first {
                    payload = Array(payload.dropFirst().dropLast(Int(padding)))
                }
                data += payload
                if data.count >= 5, data.count >= 5 + Int(data[4]) {
                    let message = data[5..<(5 + Int(data[4]))]
                    // Field 1, varint; absent is UNKNOWN, 0.
                    return .status(message.first == 8 ? Int(message.dropFirst().first ?? 0) : 0)
                }
            }
            if header[3] == 7 || (header[3] == 3 && isOurs) { return .none }
            if header[3] == 1, isOurs, header[4] & 1 != 0 { return .none }
        }
        return .incomplete
    }

    func run(timeout: Double) async throws -> ProbeResult {
        let channel = try await sockets.open(namespace: namespace, address: address, port: port, timeout: timeout)
        let clock = channel.channel.eventLoop.scheduleTask(in: .milliseconds(Int64(timeout * 1000))) {
            channel.channel.close(promise: nil)
        }
        defer { clock.cancel() }
        let request = ByteBuffer(bytes: Self.request(service: service, authority: "\(address):\(port)"))
        return try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(request)
            var bytes: [UInt8] = []
            for try await part in inbound {
                bytes += part.readableBytesView
                switch Self.answer(bytes) {
                case .incomplete:
                    if bytes.count > 65536 { return .failure("service unhealthy: too long an answer") }
                case .status(1): return .success
                case .status(let status): return .failure("service unhealthy (responded with status \(status))")
                case .none: return .failure("error: this server does not implement the grpc health protocol")
                }
            }
            return .failure("timeout: failed to connect service within \(timeout)s")
        }
    }
}
