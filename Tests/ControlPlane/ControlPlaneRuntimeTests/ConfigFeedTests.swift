import ConfigSources
import Foundation
import MeshConfig
import Testing

@testable import ControlPlaneRuntime

@Suite(.timeLimit(.minutes(5))) struct ConfigFeedTests {
    private func service(_ name: String, port: Int) -> String {
        """
        apiVersion: v1
        kind: Service
        metadata: {name: \(name), namespace: default}
        spec: {ports: [{name: http, port: \(port)}]}
        """
    }

    private func folder(_ files: [String: String]) throws -> String {
        let folder = FileManager.default.temporaryDirectory.appending(path: "martlet-feed-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for (name, text) in files { try Data(text.utf8).write(to: folder.appending(path: name)) }
        return folder.path()
    }

    private func first(_ configuration: ControlPlaneConfiguration) async throws -> JoinedConfiguration? {
        var iterator = try ConfigFeed(configuration: configuration, api: nil).updates().makeAsyncIterator()
        return await iterator.next()
    }

    @Test func nothingToReadIsAnEmptyMesh() async throws {
        let fed = try await first(ControlPlaneConfiguration())
        #expect(fed?.config.services.isEmpty == true)
    }

    @Test func joinsFoldersAndLetsTheFirstWin() async throws {
        let one = try folder(["a.yaml": service("a", port: 1)])
        let two = try folder(["a.yaml": service("a", port: 2), "b.yaml": service("b", port: 2)])
        var configuration = ControlPlaneConfiguration()
        configuration.configPaths = [one, two]
        let fed = try await first(configuration)
        #expect(fed?.config.services.map(\.name) == ["a", "b"])
        #expect(fed?.config.services.first?.metadata.source?.file.hasPrefix(one) == true)
        #expect(fed?.config.versions.count == 2)
        for path in [one, two] { try FileManager.default.removeItem(atPath: path) }
    }

    @Test func followsChanges() async throws {
        let path = try folder(["a.yaml": service("a", port: 1)])
        var configuration = ControlPlaneConfiguration()
        configuration.configPaths = [path]
        var iterator = try ConfigFeed(configuration: configuration, api: nil).updates().makeAsyncIterator()
        _ = await iterator.next()
        try Data(service("b", port: 1).utf8).write(to: URL(filePath: path).appending(path: "b.yaml"))
        var names: [String] = []
        while names.count < 2 { names = await iterator.next()?.config.services.map(\.name) ?? ["end", "end"] }
        #expect(names == ["a", "b"])
        try FileManager.default.removeItem(atPath: path)
    }

    @Test func namesWhatIsWrongWithTheMeshConfiguration() async throws {
        let path = try folder(["mesh.yaml": "outboundTrafficPolicy: {mode: NEVER}\n"])
        var configuration = ControlPlaneConfiguration()
        configuration.meshConfigPath = path + "/mesh.yaml"
        let error = #expect(throws: MeshConfigurationError.self) {
            try ConfigFeed(configuration: configuration, api: nil)
        }
        #expect(error?.description.contains("mesh.yaml:1:") == true, "\(error?.description ?? "")")
        configuration.meshConfigPath = path + "/absent.yaml"
        #expect(throws: MeshConfigurationError.self) { try ConfigFeed(configuration: configuration, api: nil) }
        try FileManager.default.removeItem(atPath: path)
    }
}
