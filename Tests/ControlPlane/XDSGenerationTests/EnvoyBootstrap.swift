import EnvoyAPI
import Foundation
import MeshModel
import SwiftProtobuf

@testable import XDSGeneration

/// What Envoy says to the resources of a proxy, given to it as a static bootstrap.
///
/// Discovered routes are written inline and discovered endpoints into their clusters, since there is no server to ask.
struct EnvoyBootstrap {
    var bytes = Data()

    init(_ mesh: MeshFixture) throws {
        let generator = ResourceGenerator()
        var resources = Data()
        for listener in generator.listeners(for: mesh.view) {
            var listener = listener
            listener.filterChains = try listener.filterChains.map { try Self.inlined($0, mesh) }
            if listener.hasDefaultFilterChain {
                listener.defaultFilterChain = try Self.inlined(listener.defaultFilterChain, mesh)
            }
            resources.appendField(1, try listener.serializedData())
        }
        for cluster in generator.clusters(for: mesh.view) {
            var cluster = cluster
            if cluster.type == .eds {
                cluster.clearEdsClusterConfig()
                cluster.type = .static
                cluster.loadAssignment = generator.endpoints(ofCluster: cluster.name, for: mesh.view)
            }
            resources.appendField(2, try cluster.serializedData())
        }
        resources.appendField(2, try Self.agent.serializedData())
        bytes.appendField(2, resources)
    }

    /// The agent, as every bootstrap has it.
    private static let agent: XDS.Cluster = {
        var cluster = XDS.Cluster()
        cluster.name = "sds-grpc"
        cluster.type = .static
        cluster.connectTimeout = .init(.seconds(1))
        return cluster
    }()

    /// Only a listener with these routes.
    init(routes: XDS.RouteConfiguration) throws {
        let mesh = try MeshFixture(MeshFixture.service("web"))
        var listener = try mesh.listener("0.0.0.0_80")
        listener.filterChains = try listener.filterChains.map { try Self.inlined($0, mesh, routes: routes) }
        var resources = Data()
        resources.appendField(1, try listener.serializedData())
        bytes.appendField(2, resources)
    }

    private static func inlined(
        _ chain: XDS.FilterChain,
        _ mesh: MeshFixture,
        routes: XDS.RouteConfiguration? = nil
    ) throws -> XDS.FilterChain {
        var chain = chain
        for index in chain.filters.indices where chain.filters[index].name.hasSuffix("http_connection_manager") {
            var manager = try XDS.HTTPConnectionManager(serializedBytes: chain.filters[index].typedConfig.value)
            guard case .rds(let rds) = manager.routeSpecifier else { continue }
            manager.routeConfig = routes ?? mesh.routes(rds.routeConfigName)
            chain.filters[index] = manager.filter
        }
        return chain
    }

    /// Binary the tests' setup installed; nil when there is none.
    static let envoy: URL? = {
        var root = URL(filePath: #filePath)
        for _ in 0..<4 { root.deleteLastPathComponent() }
        let libraries = root.appending(path: ".venv/lib")
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: libraries.path)) ?? []
        return versions.map { libraries.appending(path: "\($0)/site-packages/envoy/_bin/envoy") }
            .first { FileManager.default.isExecutableFile(atPath: $0.path) }
    }()

    /// Envoy's complaint; nil when it accepts the whole.
    func complaint() throws -> String? {
        guard let envoy = Self.envoy else { return nil }
        let file = FileManager.default.temporaryDirectory.appending(path: "martlet-\(UUID().uuidString).pb")
        try bytes.write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let process = Process()
        process.executableURL = envoy
        let identity = ["--service-node", "test", "--service-cluster", "test"]
        process.arguments = ["--mode", "validate", "-c", file.path, "-l", "error"] + identity
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return process.terminationStatus == 0 ? nil : text
    }
}

extension Data {
    /// A length-delimited protobuf field.
    fileprivate mutating func appendField(_ number: UInt8, _ payload: Data) {
        append(number << 3 | 2)
        var length = payload.count
        while length > 0x7F {
            append(UInt8(length & 0x7F) | 0x80)
            length >>= 7
        }
        append(UInt8(length))
        append(payload)
    }
}
