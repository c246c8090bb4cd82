internal import GRPCCore
internal import GRPCNIOTransportHTTP2Posix

/// `grpc.health.v1.Health/Check`, as the kubelet asks it.
enum GRPCHealth {
    /// The service answers that it is something else than serving.
    struct NotServing: Error { var status: UInt64 }

    /// Asks over plain HTTP/2 on the loopback.
    ///
    /// - Throws: unless the answer is SERVING within `timeout`.
    static func check(port: Int, service: String, timeout: Duration) async throws {
        let transport = try HTTP2ClientTransport.Posix.http2NIOPosix(
            target: .ipv4(address: "127.0.0.1", port: port),
            transportSecurity: .plaintext
        )
        var options = CallOptions.defaults
        options.timeout = timeout
        // A refused connection is an answer; waiting for another one is not.
        options.waitForReady = false
        let status = try await withGRPCClient(transport: transport) { [options] client in
            try await client.unary(
                request: ClientRequest(message: service),
                descriptor: MethodDescriptor(fullyQualifiedService: "grpc.health.v1.Health", method: "Check"),
                serializer: RequestWriter(),
                deserializer: ResponseReader(),
                options: options
            ) { try $0.message }
        }
        guard status == 1 else { throw NotServing(status: status) }
    }

    /// `HealthCheckRequest`: field 1 is the service's name.
    struct RequestWriter: MessageSerializer {
        func serialize<Bytes: GRPCContiguousBytes>(_ service: String) throws -> Bytes {
            guard !service.isEmpty else { return Bytes(repeating: 0, count: 0) }
            var bytes: [UInt8] = [0x0A]
            var length = service.utf8.count
            while length > 0x7F {
                bytes.append(UInt8(length & 0x7F) | 0x80)
                length >>= 7
            }
            bytes.append(UInt8(length))
            return Bytes(bytes + service.utf8)
        }
    }

    /// `HealthCheckResponse`: field 1 is the status, 1 is SERVING; 0 when it is absent.
    struct ResponseReader: MessageDeserializer {
        func deserialize<Bytes: GRPCContiguousBytes>(_ bytes: Bytes) throws -> UInt64 {
            bytes.withUnsafeBytes { bytes in
                guard bytes.count >= 2, bytes[0] == 0x08, bytes[1] < 0x80 else { return 0 }
                return UInt64(bytes[1])
            }
        }
    }
}
