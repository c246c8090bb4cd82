import EnvoyAPI
import Foundation
import SwiftProtobuf
import Testing

@testable import XDSGeneration

@Suite struct TrustResourcesTests {
    @Test func theBundleIsASecretForEnvoy() throws {
        let resources = TrustResources(roots: ["one\n", "two\n"], revocations: "list\n")
        let secret = try Envoy_Extensions_TransportSockets_Tls_V3_Secret(unpackingAny: resources.secrets[0].body)
        #expect(secret.name == "ROOTCA")
        #expect(secret.validationContext.trustedCa.inlineBytes == Data("one\ntwo\n".utf8))
        #expect(secret.validationContext.crl.inlineBytes == Data("list\n".utf8))
    }

    @Test func theBundleIsAProxyConfigForIstiosAgent() {
        let long = String(repeating: "x", count: 200)
        let body = TrustResources(roots: ["ab", long]).proxyConfigs[0].body
        #expect(body.typeURL == "type.googleapis.com/istio.mesh.v1alpha1.ProxyConfig")
        #expect(Array(body.value) == [0x92, 2, 2, 97, 98, 0x92, 2, 0xC8, 1] + Array(long.utf8))
    }

    @Test func versionsFollowTheContent() {
        #expect(TrustResources(roots: ["a"]).version == TrustResources(roots: ["a"]).version)
        #expect(TrustResources(roots: ["a"]).version != TrustResources(roots: ["b"]).version)
        #expect(TrustResources(roots: ["a"]).version != TrustResources(roots: ["a"], revocations: "l").version)
        #expect(TrustResources(roots: []) == TrustResources())
    }
}
