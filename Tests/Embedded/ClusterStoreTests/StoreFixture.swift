import ClusterStore
import Foundation
import KubernetesAPI
import Logging
import Testing

/// The tests look at errors, not at the log.
let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

func key(_ name: String, _ namespace: String = "default") -> StoreKey {
    StoreKey(group: "", plural: "pods", namespace: namespace, name: name)
}

func object(_ name: String, _ count: Int64 = 0) -> JSONValue {
    ["kind": "Pod", "metadata": ["name": .string(name)], "spec": ["count": .integer(count)]]
}

func open(_ path: String, historyLimit: Int = 1000) throws(StoreError) -> ClusterStore {
    try ClusterStore(path: path, historyLimit: historyLimit, logger: quiet)
}

/// A path in a directory of its own, which goes away afterwards.
func withStoreFile(_ body: (String) async throws -> Void) async throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: "cluster-store-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    try await body(directory.appending(path: "cluster.sqlite").path)
}

func withStore(historyLimit: Int = 1000, _ body: (ClusterStore) async throws -> Void) async throws {
    try await withStoreFile { path in
        let store = try open(path, historyLimit: historyLimit)
        do { try await body(store) } catch {
            await store.close()
            throw error
        }
        await store.close()
    }
}

/// Copies the database and its log as they stand at one moment.
///
/// Copying is not one moment: it starts again when the log was written back into the file meanwhile.
func copyDatabase(_ path: String, to other: String) throws {
    let files = FileManager.default
    func changed() throws -> Date? { try files.attributesOfItem(atPath: path)[.modificationDate] as? Date }
    while true {
        let before = try changed()
        for suffix in ["", "-wal"] {
            try? files.removeItem(atPath: other + suffix)
            try files.copyItem(atPath: path + suffix, toPath: other + suffix)
        }
        if try changed() == before { return }
    }
}

func writeFile(_ path: String, _ text: String) throws {
    try text.write(toFile: path, atomically: false, encoding: .utf8)
}
