import Foundation
import Testing

@testable import ClusterAPI

/// For a developer's own kubectl: serves until the file `stop` appears beside the kubeconfig.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["MARTLET_SERVE"] != nil))
struct ManualServerTests {
    @Test func servesUntilTold() async throws {
        let place = ProcessInfo.processInfo.environment["MARTLET_SERVE"] ?? "/tmp/martlet-serve"
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
        let server = try await TestServer()
        try await server.serving { url in
            try server.server.credentials.kubeconfig(server: url)
                .write(toFile: place + "/kubeconfig", atomically: true, encoding: .utf8)
            while !FileManager.default.fileExists(atPath: place + "/stop") {
                try await Task.sleep(for: .milliseconds(200))
            }
        }
    }
}
