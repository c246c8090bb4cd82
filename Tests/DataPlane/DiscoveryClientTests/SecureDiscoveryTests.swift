import Crypto
import EnvoyAPI
import Foundation
import GRPCNIOTransportHTTP2Posix
import Logging
import ProxyIdentity
import SwiftASN1
import SwiftProtobuf
import Testing
import X509
import XDSProtocol

@testable import DiscoveryClient

@Suite(.timeLimit(.minutes(5))) struct SecureDiscoveryTests {
    private let folder: String
    private let rootPEM: String
    private let server: HTTP2ServerTransport.Posix.TransportSecurity

    init() throws {
        let name = "xds-\(UInt32.random(in: 0 ... .max))"
        folder = FileManager.default.temporaryDirectory.appendingPathComponent(name).path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let key = P256.Signing.PrivateKey()
        let subject = try DistinguishedName { CommonName("control plane") }
        // Signs itself: its own root.
        let certificate = try Certificate(
            version: .v3,
            serialNumber: Certificate.SerialNumber(),
            publicKey: Certificate.PublicKey(key.publicKey),
            notValidBefore: Date() - 60,
            notValidAfter: Date() + 3600,
            issuer: subject,
            subject: subject,
            extensions: Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
                SubjectAlternativeNames([.dnsName("istiod.istio-system.svc")])
            },
            issuerPrivateKey: Certificate.PrivateKey(key)
        )
        rootPEM = try certificate.serializeAsPEM().pemString
        server = .tls(
            certificateChain: [.bytes(Array(rootPEM.utf8), format: .pem)],
            privateKey: .bytes(Array(key.pemRepresentation.utf8), format: .pem)
        )
        try rootPEM.write(toFile: "\(folder)/root-cert.pem", atomically: true, encoding: .utf8)
        try "token".write(toFile: "\(folder)/token", atomically: true, encoding: .utf8)
    }

    private func client(
        port: Int,
        serverName: String? = nil,
        trust: (@Sendable (TrustBundle) -> Void)? = nil
    ) -> DiscoveryClient {
        var node = Envoy_Config_Core_V3_Node()
        node.id = "sidecar~10.0.0.1~web.shop~shop.svc.cluster.local"
        var configuration = DiscoveryClientConfiguration(host: "127.0.0.1", port: port, node: node)
        configuration.access = ControlPlaneAccess(
            address: ControlPlaneAddress(
                host: "127.0.0.1",
                port: port,
                serverName: serverName,
                rootsFile: "\(folder)/root-cert.pem",
                tokenFile: "\(folder)/token"
            ),
            publisher: SecretPublisher()
        )
        configuration.trust = trust
        return DiscoveryClient(
            configuration: configuration,
            clock: DiscoveryClientTests.ImpatientClock(),
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        )
    }

    private func roots(_ pem: String, version: String) throws -> VersionedResource {
        var secret = Envoy_Extensions_TransportSockets_Tls_V3_Secret()
        secret.name = "ROOTCA"
        secret.validationContext.trustedCa.inlineString = pem
        return try packed("ROOTCA", version: version, secret)
    }

    @Test func aVerifiedServerGivesConfigurationAndTheMeshsRoots() async throws {
        let plane = try FakeControlPlane([.cds: [], .lds: [], .sds: [roots(rootPEM, version: "1")]])
        try await plane.run(security: server) { port in
            let (bundles, feed) = AsyncStream<TrustBundle>.makeStream()
            let client = client(port: port) { feed.yield($0) }
            let running = Task { await client.run() }
            defer { running.cancel() }
            var iterator = bundles.makeAsyncIterator()
            #expect(await iterator.next() != nil)

            // Roots that cannot be used are refused by name, and the stream goes on.
            try await plane.change(.sds, to: [roots("nonsense", version: "2")])
            for await word in plane.heard where word.hasPrefix("SDS nack") {
                #expect(word.contains("ROOTCA: no usable certificate"))
                break
            }
            try await plane.change(.sds, to: [roots(rootPEM, version: "3")])
            #expect(await iterator.next() != nil)
            #expect(client.status.connects == 1)
        }
    }

    @Test func withoutAnIdentityNoRootsAreAskedFor() async throws {
        let plane = FakeControlPlane([.cds: [], .lds: []])
        try await plane.run(security: server) { port in
            let client = client(port: port)
            let running = Task { await client.run() }
            var heard = plane.heard.makeAsyncIterator()
            for _ in 0..<4 { #expect(await heard.next()?.hasPrefix("SDS") == false) }
            running.cancel()
            await running.value
        }
    }

    @Test func aServerOfAnotherNameIsNotAsked() async throws {
        let plane = FakeControlPlane([.cds: [], .lds: []])
        try await plane.run(security: server) { port in
            let client = client(port: port, serverName: "other.istio-system.svc")
            let running = Task { await client.run() }
            while true {
                if case .backingOff(_, let error) = client.status.state {
                    #expect(error.contains("unavailable"), "\(error)")
                    break
                }
                await Task.yield()
            }
            #expect(client.status.connects == 0)
            running.cancel()
            await running.value
        }
    }
}
