import ClusterAPI
import ClusterStore
import Foundation
import KubernetesAPI
import Logging
import NIOCore
import Synchronization

/// A server over a store of its own, in a directory that goes with it.
final class TestServer: Sendable {
    let server: ClusterAPIServer
    let directory: String

    var api: any KubernetesAPI { server.client() }

    init(webhooks: any WebhookTransport = NoWebhooks(), now: Int64? = nil) async throws {
        directory = NSTemporaryDirectory() + "martlet-api-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        var logger = Logger(label: "test")
        logger.logLevel = .warning
        var configuration = ClusterAPIServer.Configuration()
        configuration.bookmarkInterval = .milliseconds(50)
        server = ClusterAPIServer(
            store: try ClusterStore(path: directory + "/store.sqlite", logger: logger),
            credentials: try ClusterCredentials(directory: directory + "/credentials"),
            configuration: configuration,
            webhookTransport: webhooks,
            clock: { now.map { Timestamp(seconds: $0) } ?? Timestamp.now() },
            logger: logger
        )
        try await server.start()
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    /// Runs `body` while the server listens on loopback; it is given the server's URL.
    func serving(_ body: @escaping @Sendable (String) async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            let (ports, continuation) = AsyncStream<Int>.makeStream()
            group.addTask { [server] in
                try await server.run(on: [.address(host: "127.0.0.1", port: 0)]) { addresses in
                    continuation.yield(addresses.first?.port ?? 0)
                    continuation.finish()
                }
            }
            for await port in ports { try await body("https://127.0.0.1:\(port)") }
            group.cancelAll()
        }
    }
}

struct NoWebhooks: WebhookTransport {
    func post(_ call: WebhookCall) async throws -> [UInt8] { throw WebhookFailure(reason: "unreachable") }
}

/// Real kubectl against a server.
struct Kubectl: Sendable {
    struct Result: Sendable {
        var status: Int32
        var output: String
        var errors: String
    }

    static let program = [
        ".venv/bin/kubectl", "/usr/local/bin/kubectl", "/usr/bin/kubectl",
    ].first { FileManager.default.isExecutableFile(atPath: $0) }

    enum Credentials: Sendable {
        case administrator
        case token(String)
    }

    var kubeconfig: String
    var home: String
    var url: String
    var credentials = Credentials.administrator

    init(_ server: TestServer, url: String) throws {
        home = server.directory
        self.url = url
        kubeconfig = server.directory + "/kubeconfig"
        try server.server.credentials.kubeconfig(server: url).write(
            toFile: kubeconfig,
            atomically: true,
            encoding: .utf8
        )
    }

    /// Runs kubectl to its end; `input` is its standard input.
    func callAsFunction(_ arguments: String..., input: String = "") async throws -> Result {
        try await run(arguments, input: input)
    }

    func run(_ arguments: [String], input: String = "") async throws -> Result {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Self.program ?? "kubectl")
        process.arguments =
            switch credentials {
            case .administrator: ["--kubeconfig", kubeconfig] + arguments
            case .token(let token):
                ["--kubeconfig", "/dev/null", "--server", url, "--insecure-skip-tls-verify", "--token", token]
                    + arguments
            }
        process.environment = ["HOME": home, "PATH": "/usr/bin:/bin"]
        let files = ["in", "out", "err"].map { "\(home)/\(UUID().uuidString).\($0)" }
        try input.write(toFile: files[0], atomically: true, encoding: .utf8)
        for file in files.dropFirst() { _ = FileManager.default.createFile(atPath: file, contents: nil) }
        process.standardInput = FileHandle(forReadingAtPath: files[0])
        process.standardOutput = FileHandle(forWritingAtPath: files[1])
        process.standardError = FileHandle(forWritingAtPath: files[2])
        let status: Int32 = try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
            do { try process.run() } catch { continuation.resume(throwing: error) }
        }
        return Result(
            status: status,
            output: try String(contentsOfFile: files[1], encoding: .utf8),
            errors: try String(contentsOfFile: files[2], encoding: .utf8)
        )
    }
}
