internal import ConfigSources
internal import Foundation
internal import KubernetesAPI
internal import Logging
internal import MeshConfig

/// Joins the watched folders and files, and a Kubernetes API, into one configuration; where two hold the same object
/// the first wins, paths before the API.
struct ConfigFeed: Sendable {
    private let sources: [@Sendable () -> AsyncStream<ConfigUpdate>]
    private let mesh: MeshConfiguration

    /// Reads the mesh configuration once, over Istio's defaults; throws when it is wrong.
    init(configuration: ControlPlaneConfiguration, api: (any KubernetesAPI)?) throws(MeshConfigurationError) {
        var mesh = MeshConfiguration()
        if let path = configuration.meshConfigPath { mesh = try Self.mesh(at: path) }
        self.mesh = mesh
        var sources: [@Sendable () -> AsyncStream<ConfigUpdate>] = []
        for path in configuration.configPaths {
            let source = FileConfigSource(path: path, mesh: mesh)
            sources.append { source.updates() }
        }
        if let api {
            let source = KubernetesConfigSource(api: api, mesh: mesh)
            sources.append { source.updates() }
        }
        self.sources = sources
    }

    /// Every state of the configuration; the first comes once every path was read. Latest wins.
    func updates() -> AsyncStream<JoinedConfiguration> {
        let (sources, mesh) = (sources, mesh)
        let (stream, continuation) = AsyncStream<JoinedConfiguration>.makeStream(bufferingPolicy: .bufferingNewest(1))
        guard !sources.isEmpty else {
            continuation.yield(JoinedConfiguration([], over: mesh))
            return stream
        }
        let joining = Task {
            await withTaskGroup(of: Void.self) { group in
                let joined = LatestUpdates(count: sources.count, over: mesh)
                for (index, source) in sources.enumerated() {
                    group.addTask {
                        for await update in source() {
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
private actor LatestUpdates {
    private let mesh: MeshConfiguration
    private var latest: [ConfigUpdate?]
    private var version: UInt64 = 0
    private var told: Set<Diagnostic> = []
    private let logger = Logger(label: "martlet.config")

    init(count: Int, over mesh: MeshConfiguration) {
        self.mesh = mesh
        latest = Array(repeating: nil, count: count)
    }

    /// The whole, once every source has spoken.
    func take(_ update: ConfigUpdate, from index: Int) -> JoinedConfiguration? {
        latest[index] = update
        let updates = latest.compactMap { $0 }
        guard updates.count == latest.count else { return nil }
        version += 1
        let joined = JoinedConfiguration(updates, over: mesh, version: version)
        for clash in joined.clashes.subtracting(told).sorted() { logger.error("\(clash)") }
        told = joined.clashes
        return joined
    }
}
