import Foundation
import KubernetesAPI
import Testing

@testable import KubernetesClient

@Suite struct KubeconfigTests {
    private static func read(_ text: String, context: String? = nil) throws -> KubernetesEndpoint {
        let directory = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let file = directory.appending(path: "config")
        try Data(text.utf8).write(to: file)
        try Data("key".utf8).write(to: directory.appending(path: "client.key"))
        return try KubernetesEndpoint.kubeconfig(at: file.path, context: context)
    }

    private static let text = """
        apiVersion: v1
        kind: Config
        current-context: one
        contexts:
        - {name: one, context: {cluster: c, user: u, namespace: shop}}
        - {name: two, context: {cluster: c, user: t}}
        clusters:
        - {name: c, cluster: {server: "https://127.0.0.1:6443/", certificate-authority-data: Y2E=}}
        users:
        - {name: u, user: {client-certificate-data: Y2VydA==, client-key: client.key}}
        - {name: t, user: {token: secret}}
        """

    @Test func theCurrentContextNamesClusterUserAndNamespace() throws {
        let endpoint = try Self.read(Self.text)
        #expect(endpoint.server == "https://127.0.0.1:6443")
        #expect(endpoint.certificateAuthority == Array("ca".utf8))
        #expect(endpoint.clientCertificate == Array("cert".utf8))
        #expect(endpoint.clientKey == Array("key".utf8), "a file beside the kubeconfig")
        #expect(endpoint.namespace == "shop")
    }

    @Test func anotherContextCanBeNamed() throws {
        let endpoint = try Self.read(Self.text, context: "two")
        #expect(endpoint.token == .text("secret") && endpoint.namespace == "default")
    }

    @Test func anUnknownContextIsAnErrorThatListsTheKnown() {
        let error = #expect(throws: KubernetesEndpointError.self) { try Self.read(Self.text, context: "three") }
        #expect(error?.description.contains("there are: one, two") == true)
    }
}
