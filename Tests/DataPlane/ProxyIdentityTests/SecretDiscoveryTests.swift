import EnvoyAPI
import GRPCCore
import GRPCNIOTransportHTTP2Posix
import Logging
import MeshIdentity
import SwiftProtobuf
import Testing
import X509
import XDSProtocol

@testable import ProxyIdentity

@Suite(.timeLimit(.minutes(5))) struct SecretDiscoveryTests {
    private typealias Service = Envoy_Service_Secret_V3_SecretDiscoveryService

    private let folder: ScratchFolder
    private let authority: TestAuthority
    private let publisher = SecretPublisher()

    init() throws {
        folder = try ScratchFolder()
        authority = try TestAuthority()
    }

    private func publish() throws {
        let pair = try authority.pair(names: [.uniformResourceIdentifier(webIdentity.description)])
        publisher.setWorkload(
            WorkloadMaterial(
                identity: webIdentity,
                chainPEM: Array(pair.chainPEM.utf8),
                key: PrivateKeyPEM(pair.keyPEM),
                rootsPEM: Array(try authority.rootPEM.utf8),
                crlPEM: nil,
                notBefore: .now(),
                notAfter: UnixTime.now().advanced(by: .seconds(60)),
                serial: "1"
            )
        )
    }

    /// Serves, and runs `body` with a client of the socket.
    private func run(_ body: @Sendable (Service.Client<HTTP2ClientTransport.Posix>) async throws -> Void) async throws {
        let path = "\(folder.path)/uds/socket"
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        let server = SecretDiscoveryServer(path: path, publisher: publisher, logger: logger)
        let (listening, listens) = AsyncStream<Void>.makeStream()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run { listens.yield() } }
            for await _ in listening { break }
            let transport = try HTTP2ClientTransport.Posix.http2NIOPosix(
                target: .unixDomainSocket(path: path),
                transportSecurity: .plaintext
            )
            try await withGRPCClient(transport: transport) { client in
                try await body(Service.Client(wrapping: client))
            }
            group.cancelAll()
        }
    }

    private func request(_ names: [String]) -> Envoy_Service_Discovery_V3_DiscoveryRequest {
        var request = Envoy_Service_Discovery_V3_DiscoveryRequest()
        request.typeURL = ResourceType.sds.typeURL
        request.resourceNames = names
        return request
    }

    @Test func aStreamWaitsForTheFirstCertificateAndGetsEveryLaterOne() async throws {
        try await run { client in
            let (requests, feed) = AsyncStream<Envoy_Service_Discovery_V3_DiscoveryRequest>.makeStream()
            feed.yield(request(["default"]))
            try await client.streamSecrets(
                requestProducer: { writer in
                    for await request in requests { try await writer.write(request) }
                },
                onResponse: { response in
                    var messages = response.messages.makeAsyncIterator()
                    try publish()
                    var serials: Set<String> = []
                    for round in 1...3 {
                        let message = try #require(await messages.next())
                        #expect(message.resources.count == 1)
                        let secret = try Envoy_Extensions_TransportSockets_Tls_V3_Secret(
                            unpackingAny: try #require(message.resources.first)
                        )
                        #expect(secret.name == "default")
                        let chain = Array(secret.tlsCertificate.certificateChain.inlineBytes)
                        #expect(!secret.tlsCertificate.privateKey.inlineBytes.isEmpty)
                        serials.insert(try #require(CertificateFacts.read(chain).first?.serial))
                        var acknowledgement = request(["default"])
                        acknowledgement.versionInfo = message.versionInfo
                        acknowledgement.responseNonce = message.nonce
                        feed.yield(acknowledgement)
                        if round < 3 { try publish() }
                    }
                    #expect(serials.count == 3)
                    feed.finish()
                }
            )
        }
    }

    @Test func aDeltaStreamGetsRootsAndFilesByName() async throws {
        try folder.write(authority.rootPEM, "ca.pem")
        try publish()
        let fileName = "file-root:\(folder.path)/ca.pem"
        try await run { client in
            let (requests, feed) = AsyncStream<Envoy_Service_Discovery_V3_DeltaDiscoveryRequest>.makeStream()
            var first = Envoy_Service_Discovery_V3_DeltaDiscoveryRequest()
            first.typeURL = ResourceType.sds.typeURL
            first.resourceNamesSubscribe = ["ROOTCA", fileName]
            feed.yield(first)
            try await client.deltaSecrets(
                requestProducer: { writer in
                    for await request in requests { try await writer.write(request) }
                },
                onResponse: { response in
                    var messages = response.messages.makeAsyncIterator()
                    let message = try #require(await messages.next())
                    #expect(Set(message.resources.map(\.name)) == ["ROOTCA", fileName])
                    for resource in message.resources {
                        let bundle = try TrustBundle(resource.resource)
                        #expect(bundle.roots == [authority.root])
                    }
                    feed.finish()
                }
            )
        }
    }

    @Test func fetchingWhatIsNotThereSaysWhy() async throws {
        publisher.setIdentity(.expired(reason: "certificate of spiffe://x expired"))
        try await run { client in
            await #expect {
                try await client.fetchSecrets(request(["default"]))
            } throws: { error in
                (error as? RPCError)?.message == "default: certificate of spiffe://x expired"
            }
            await #expect {
                try await client.fetchSecrets(request(["file-root:/nowhere"]))
            } throws: { error in
                (error as? RPCError)?.message.contains("/nowhere cannot be read") == true
            }
        }
    }

    @Test func otherResourcesAreNotServed() async throws {
        try await run { client in
            var wrong = request(["x"])
            wrong.typeURL = ResourceType.cds.typeURL
            await #expect(throws: RPCError.self) {
                try await client.streamSecrets(
                    requestProducer: { [wrong] writer in try await writer.write(wrong) },
                    onResponse: { response in for try await _ in response.messages {} }
                )
            }
        }
    }

    @Test(arguments: [("no secret", "no Secret"), ("not PEM", "no usable certificate"), ("empty", "there is none")])
    func bundlesThatCannotBeUsedAreRefused(kind: String, reason: String) throws {
        var secret = Envoy_Extensions_TransportSockets_Tls_V3_Secret()
        secret.name = "ROOTCA"
        if kind == "not PEM" { secret.validationContext.trustedCa.inlineString = "-----BEGIN CERTIFICATE-----\nx" }
        if kind == "empty" { secret.validationContext.trustedCa.inlineString = "" }
        var packed = try packedAny(secret)
        if kind == "no secret" { packed = try packedAny(request(["x"])) }
        do {
            _ = try TrustBundle(packed)
            Issue.record("accepted")
        } catch {
            #expect("\(error)".contains(reason), "\(error)")
        }
    }
}
