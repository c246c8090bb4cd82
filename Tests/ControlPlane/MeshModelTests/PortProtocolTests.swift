import MeshModel
import Testing

/// Rules 44 and 45 (Istio `kube.ConvertProtocol`).
@Suite struct PortProtocolTests {
    @Test(arguments: [
        (80, "http", "", PortProtocol.http),
        (80, "http-web", "", .http),
        (80, "HTTP2-x", "", .http2),
        (80, "grpc-web-x", "", .grpcWeb),
        (80, "grpc-x", "", .grpc),
        (80, "web", "", .unsupported),
        (80, "", "", .unsupported),
        (3306, "db", "", .tcp),
        (27017, "mongo-db", "", .mongo),
        (80, "tcp-x", "http", .http),
        (80, "tcp", "kubernetes.io/h2c", .http2),
        (80, "tcp", "kubernetes.io/wss", .https),
        (80, "http", "example.com/custom", .unsupported),
        (80, "httpx", "", .unsupported),
    ])
    func appProtocolBeforeNamePrefixBeforeWellKnownPort(
        port: UInt32,
        name: String,
        appProtocol: String,
        expected: PortProtocol
    ) {
        #expect(PortProtocol.of(port: port, name: name, appProtocol: appProtocol) == expected)
    }

    @Test func udpIsUDPWhateverTheName() {
        #expect(PortProtocol.of(port: 80, name: "http", appProtocol: "http", isUDP: true) == .udp)
    }
}
