import AsyncHTTPClient
import Foundation
import KubernetesAPI
import Logging
import NIOCore
import NIOHTTP1
import NIOSSL
import SidecarInjection
import Testing

@testable import ControlPlaneRuntime

@Suite struct InjectionWebhookTests {
    @Test(.timeLimit(.minutes(5)))
    func itServesOverTLSWithTheCertificateItWritesAndWritesAgain() async throws {
        var values = KubernetesObject(
            .configMaps,
            ObjectName(namespace: "istio-system", name: "istio-sidecar-injector")
        )
        values["data"] = ["values": "global: {hub: example.com/mesh}"]
        let api = RecordingAPI(objects: [
            (.mutatingWebhookConfigurations, WebhookManifests.mutating()),
            (.validatingWebhookConfigurations, WebhookManifests.validating()),
            (.configMaps, values),
        ])
        let (addresses, bound) = AsyncStream.makeStream(of: ListenAddress.self)
        var configuration = InjectionWebhook.Configuration()
        configuration.address = ListenAddress(host: "127.0.0.1", port: 0)
        let webhook = InjectionWebhook(
            configuration: configuration,
            api: api,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        ) { bound.yield($0) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await webhook.run() }
            var listening = addresses.makeAsyncIterator()
            let address = try #require(await listening.next())
            var patches = api.patched.makeAsyncIterator()
            let written = [try #require(await patches.next()), try #require(await patches.next())]
            #expect(Set(written.map(\.kind)) == ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"])
            let bundle = try #require(
                written[0]["webhooks"]?.array?.first?[path: ["clientConfig", "caBundle"]]?.string
            )
            let images = try await Self.images(calling: address.port, trusting: bundle)
            #expect(images == ["x", "example.com/mesh/proxyv2:0.1.0"])

            await api.put(WebhookManifests.mutating(), .mutatingWebhookConfigurations)
            let again = try #require(await patches.next())
            #expect(again["webhooks"]?.array?.first?[path: ["clientConfig", "caBundle"]]?.string == bundle)
            group.cancelAll()
            try? await group.waitForAll()
        }
    }

    /// Sends a pod and gives the images of the containers it has afterwards.
    private static func images(calling port: Int, trusting bundle: String) async throws -> [String] {
        let pem = try #require(Data(base64Encoded: bundle))
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(pem)))
        var settings = HTTPClient.Configuration(tlsConfiguration: tls)
        settings.dnsOverride = ["istiod.istio-system.svc": "127.0.0.1"]
        let client = HTTPClient(configuration: settings)
        do {
            var request = HTTPClientRequest(url: "https://istiod.istio-system.svc:\(port)/inject")
            request.method = .POST
            request.body = .bytes(ByteBuffer(bytes: WebhookAdmissionTests.body(WebhookAdmissionTests.pod)))
            let response = try await client.execute(request, timeout: .seconds(20))
            let review = try JSONValue(json: try await response.body.collect(upTo: 1 << 20).readableBytesView)
            let text = try #require(review[path: ["response", "patch"]]?.string)
            let patch = try JSONPatch(JSONValue(json: try #require(Data(base64Encoded: text))))
            try await client.shutdown()
            let pod = try patch.apply(to: WebhookAdmissionTests.pod)
            return (pod[path: ["spec", "containers"]]?.array ?? []).compactMap { $0["image"]?.string }
        } catch {
            try? await client.shutdown()
            throw error
        }
    }
}
