import ClusterStore
import Foundation
import KubernetesAPI
import Logging
import NIOCore

@testable import ClusterAPI

/// A served cluster with the running pod `web` in `default` in front of a ``FakePod``.
final class StreamCluster: Sendable {
    let node: FakePod
    let server: ClusterAPIServer
    let directory: String

    var kubeconfig: String { directory + "/kubeconfig" }

    private init(_ node: FakePod) throws {
        self.node = node
        directory = NSTemporaryDirectory() + "martlet-streams-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        var logger = Logger(label: "test")
        logger.logLevel = .warning
        server = ClusterAPIServer(
            store: try ClusterStore(path: directory + "/store.sqlite", logger: logger),
            credentials: try ClusterCredentials(directory: directory + "/credentials"),
            webhookTransport: NoWebhooks(),
            podStreams: node,
            upgradeRoutes: PodStreamRoutes.routes(to: node, logger: logger),
            logger: logger
        )
    }

    deinit {
        node.echo.close()
        try? FileManager.default.removeItem(atPath: directory)
    }

    static func serving(_ body: @escaping @Sendable (StreamCluster) async throws -> Void) async throws {
        let cluster = try StreamCluster(try await FakePod())
        try await cluster.server.start()
        try await cluster.makePod()
        try await withThrowingTaskGroup(of: Void.self) { group in
            let (ports, continuation) = AsyncStream<Int>.makeStream()
            group.addTask {
                try await cluster.server.run(on: [.address(host: "127.0.0.1", port: 0)]) { addresses in
                    continuation.yield(addresses.first?.port ?? 0)
                    continuation.finish()
                }
            }
            for await port in ports {
                try cluster.server.credentials.kubeconfig(server: "https://127.0.0.1:\(port)")
                    .write(toFile: cluster.kubeconfig, atomically: true, encoding: .utf8)
                try await body(cluster)
            }
            group.cancelAll()
        }
    }

    private func makePod() async throws {
        let api = server.client()
        var pod = KubernetesObject(.pods, ObjectName(namespace: "default", name: "web"))
        pod["spec"] = ["nodeName": "node", "containers": [["name": "web", "image": "web", "stdin": true]]]
        pod = try await api.create(pod, .pods)
        pod["status"] = [
            "phase": "Running",
            "containerStatuses": [
                [
                    "name": "web", "ready": true, "restartCount": 0, "image": "web", "imageID": "web",
                    "state": ["running": ["startedAt": "2026-01-01T00:00:00Z"]],
                ]
            ],
        ]
        _ = try await api.update(pod, .pods, .status)
    }

    /// The ways in which a kubectl can ask.
    enum Dialect: String, Sendable, CaseIterable {
        case webSocket, spdy

        var environment: [String: String] {
            let value = self == .webSocket ? "true" : "false"
            return ["KUBECTL_REMOTE_COMMAND_WEBSOCKETS": value, "KUBECTL_PORT_FORWARD_WEBSOCKETS": value]
        }
    }

    func process(_ dialect: Dialect, _ arguments: [String], program: String? = nil) -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program ?? Kubectl.program ?? "kubectl")
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: directory)
        process.environment = dialect.environment.merging(
            ["HOME": directory, "KUBECONFIG": kubeconfig, "PATH": "/usr/bin:/bin", "TERM": "xterm"]) { $1 }
        return process
    }

    /// Runs kubectl to its end.
    func kubectl(
        _ dialect: Dialect,
        _ arguments: String...,
        input: [UInt8]? = nil,
        program: String? = nil
    ) async throws -> Kubectl.Result {
        try await kubectl(dialect, arguments, input: input, program: program)
    }

    func kubectl(
        _ dialect: Dialect,
        _ arguments: [String],
        input: [UInt8]? = nil,
        program: String? = nil
    ) async throws -> Kubectl.Result {
        let process = process(dialect, arguments, program: program)
        let files = ["in", "out", "err"].map { "\(directory)/\(UUID().uuidString).\($0)" }
        for file in files { _ = FileManager.default.createFile(atPath: file, contents: input.map { Data($0) }) }
        process.standardInput = FileHandle(forReadingAtPath: input == nil ? "/dev/null" : files[0])
        process.standardOutput = FileHandle(forWritingAtPath: files[1])
        process.standardError = FileHandle(forWritingAtPath: files[2])
        for file in files.dropFirst() { _ = truncate(file, 0) }
        let status: Int32 = try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
            do { try process.run() } catch { continuation.resume(throwing: error) }
        }
        return Kubectl.Result(
            status: status,
            output: try String(contentsOfFile: files[1], encoding: .utf8),
            errors: try String(contentsOfFile: files[2], encoding: .utf8)
        )
    }
}
