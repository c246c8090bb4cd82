import Foundation
import KubernetesAPI
import Testing

@testable import ClusterAPI

@Suite struct CredentialsTests {
    private static func directory() -> String { NSTemporaryDirectory() + "martlet-credentials-\(UUID().uuidString)" }

    @Test func aSecondStartHasTheSameAndALaterOneRenewsLeaves() throws {
        let directory = Self.directory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let start = Timestamp(seconds: 1_800_000_000)
        let first = try ClusterCredentials(directory: directory, clock: { start })
        let second = try ClusterCredentials(directory: directory, clock: { Timestamp(seconds: start.seconds + 86_400) })
        #expect(first.serving == second.serving)
        #expect(first.administrator == second.administrator)
        let later = try ClusterCredentials(
            directory: directory,
            clock: { Timestamp(seconds: start.seconds + 300 * 86_400) }
        )
        #expect(later.authority == first.authority)
        #expect(later.serving != first.serving)
        for file in try FileManager.default.contentsOfDirectory(atPath: directory) {
            let mode =
                try FileManager.default.attributesOfItem(atPath: directory + "/" + file)[.posixPermissions] as? Int
            #expect(mode == 0o600, "\(file)")
        }
    }

    @Test func aTokenHoldsOnlyForItsAudienceAndItsTime() async throws {
        let server = try await TestServer().server
        let request: JSONValue = ["spec": ["audiences": ["istio-ca"], "expirationSeconds": 600]]
        let answer = try await server.requestToken(ObjectName(namespace: "default", name: "default"), request)
        let token = try #require(answer[path: ["status", "token"]]?.string)
        #expect(
            await server.user(token: token, audiences: ["istio-ca"])?.name == "system:serviceaccount:default:default"
        )
        #expect(await server.user(token: token, audiences: []) == nil)
        #expect(server.signer.verify(token, now: Timestamp(seconds: Timestamp.now().seconds + 700)) == nil)
        #expect(server.signer.verify(token + "A", now: .now()) == nil)
    }
}
