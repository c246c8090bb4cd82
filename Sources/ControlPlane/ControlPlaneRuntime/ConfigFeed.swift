internal import ConfigSources
internal import Foundation
internal import Logging
internal import MeshConfig

/// The configuration in effect and what its authors are to be told.
struct FedConfiguration: Sendable {
    var config = ConfigSnapshot()
    var diagnostics: [Diagnostic] = []
}

/// Joins the watched folders and files into one configuration; where two hold the same object the first path wins.
struct ConfigFeed: Sendable {
    private let sources: [FileConfigSource]

    /// Reads the mesh configuration once, over Istio's defaults; throws when it is wrong.
    init(configuration: ControlPlaneConfiguration) throws(MeshConfigurationError) {
        var mesh = MeshConfiguration()
        if let path = configuration.meshConfigPath { mesh = try Self.mesh(at: path) }
        sources = configuration.configPaths.map { FileConfigSource(path: $0, mesh: mesh) }
    }

    /// Every state of the configuration; the first comes once every path was read. Latest wins.
    func updates() -> AsyncStream<FedConfiguration> {
        let sources = sources
        let (stream, continuation) = AsyncStream<FedConfiguration>.makeStream(bufferingPolicy: .bufferingNewest(1))
        guard !sources.isEmpty else {
            continuation.yield(FedConfiguration())
            return stream
        }
        let joining = Task {
            await withTaskGroup(of: Void.self) { group in
                let joined = JoinedConfiguration(count: sources.count)
                for (index, source) in sources.enumerated() {
                    group.addTask {
                        for await update in source.updates() {
                            if let whole = await joined.take(update, from: index) { continuation.yield(whole) }
                        }
                    }
                }
            }
        }
        continuation.onTermination = { _ in joining.cancel() }
        return stream
    }

    private static func mesh(at path: String) throws(MeshConfigurationError) -> MeshConfiguration {
        let text: String
        do {
            text = try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw MeshConfigurationError(reasons: ["\(path): \(error.localizedDescription)"])
        }
        let (mesh, diagnostics) = MeshConfiguration.decode(MeshConfigurationSource(text: text, file: path))
        guard let mesh else { throw MeshConfigurationError(reasons: diagnostics.map(\.description)) }
        return mesh
    }
}

/// The mesh configuration file cannot be read; one reason per fault, with its place.
struct MeshConfigurationError: Error, CustomStringConvertible {
    var reasons: [String]
    var description: String { reasons.joined(separator: "\n") }
}

/// The latest of every source.
private actor JoinedConfiguration {
    private var latest: [ConfigUpdate?]
    private var version: UInt64 = 0

    init(count: Int) {
        latest = Array(repeating: nil, count: count)
    }

    /// The whole, once every source has spoken.
    func take(_ update: ConfigUpdate, from index: Int) -> FedConfiguration? {
        latest[index] = update
        let updates = latest.compactMap { $0 }
        guard updates.count == latest.count else { return nil }
        guard updates.count > 1 else {
            return FedConfiguration(config: update.snapshot, diagnostics: update.diagnostics)
        }
        version += 1
        var objects: [MeshObject] = []
        var versions: [ObjectKey: UInt64] = [:]
        for (index, update) in updates.enumerated() {
            for object in update.snapshot.objects where versions[object.key] == nil {
                objects.append(object)
                // Each source counts on its own; an object that moves to another source must not keep its number.
                let number = update.snapshot.versions[object.key] ?? 0
                versions[object.key] = number &* UInt64(updates.count) &+ UInt64(index)
            }
        }
        let mesh = updates.first { $0.snapshot.mesh != updates[0].snapshot.mesh } ?? updates[0]
        return FedConfiguration(
            config: ConfigSnapshot(objects: objects, mesh: mesh.snapshot.mesh, versions: versions, version: version),
            diagnostics: updates.flatMap(\.diagnostics)
        )
    }
}

extension ConfigSnapshot {
    /// Every object, kind by kind.
    fileprivate var objects: [MeshObject] {
        namespaces.map(MeshObject.namespace) + nodes.map(MeshObject.node) + services.map(MeshObject.service)
            + pods.map(MeshObject.pod) + endpointSlices.map(MeshObject.endpointSlice)
            + serviceAccounts.map(MeshObject.serviceAccount) + virtualServices.map(MeshObject.virtualService)
            + destinationRules.map(MeshObject.destinationRule) + serviceEntries.map(MeshObject.serviceEntry)
            + workloadEntries.map(MeshObject.workloadEntry) + sidecars.map(MeshObject.sidecar)
            + gateways.map(MeshObject.gateway)
    }
}
