import Foundation
import Testing

@testable import EmbeddedCluster

@Suite struct ClusterHomeTests {
    private static func home() throws -> ClusterHome {
        let home = ClusterHome(FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path)
        try home.make()
        return home
    }

    @Test func theSecondClusterOfAHomeIsRefusedWithARemedy() throws {
        let home = try Self.home()
        defer { try? FileManager.default.removeItem(atPath: home.path) }
        let lock = try home.lock()
        #expect(home.isRunning)
        let error = #expect(throws: ClusterError.self) { try home.lock() }
        #expect(error?.message.contains(home.path) == true && error?.remedy.contains("martlet down") == true)
        close(lock)
        #expect(!home.isRunning)
        close(try home.lock())
    }

    @Test func theHomeIsItsOwnersAlone() throws {
        let home = try Self.home()
        defer { try? FileManager.default.removeItem(atPath: home.path) }
        let mode = try FileManager.default.attributesOfItem(atPath: home.path)[.posixPermissions] as? Int
        #expect(mode == 0o700)
    }

    @Test func aRecordIsReadAsItWasWritten() throws {
        let home = try Self.home()
        defer { try? FileManager.default.removeItem(atPath: home.path) }
        let record = ClusterRecord(processID: 7, parentProcessID: 6, apiPort: 1, gatewayPort: 2, dashboardPort: 3)
        try home.write(record)
        #expect(home.record() == record)
    }

    @Test(
        arguments: [
            ("/a/b/", [:], "/a/b"), (nil, ["MARTLET_HOME": "/m"], "/m"), (nil, ["HOME": "/h"], "/h/.martlet"),
            (nil, ["MARTLET_HOME": "", "HOME": "/h"], "/h/.martlet"),
        ] as [(String?, [String: String], String)]
    )
    func theHomeIsWhereItIsNamed(path: String?, environment: [String: String], expected: String) {
        #expect(ClusterHome(path, environment: environment).path == expected)
    }

    @Test func commandsThatAreRecommendedNameTheHome() {
        #expect(ClusterHome(nil, environment: ["MARTLET_HOME": "/m"]).option == "")
        #expect(ClusterHome("/a/b").option == " --home /a/b")
        #expect(ClusterHome("/a b").option == " --home '/a b'")
    }

    @Test func aHomeThatCannotBeMadeSaysWhatToDo() {
        let error = #expect(throws: ClusterError.self) { try ClusterHome("/proc/martlet").make() }
        #expect(error?.remedy.contains("--home") == true)
    }
}
