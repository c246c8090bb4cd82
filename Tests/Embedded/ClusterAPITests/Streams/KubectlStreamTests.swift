import Foundation
import NIOCore
import Testing

@testable import ClusterAPI

/// Real kubectl against the streaming subresources, over WebSocket and over SPDY.
@Suite(.enabled(if: Kubectl.program != nil, "no kubectl on this machine"), .timeLimit(.minutes(2)))
struct KubectlStreamTests {
    typealias Dialect = StreamCluster.Dialect

    @Test(arguments: Dialect.allCases)
    func execKeepsOutputsApartAndBringsTheExitCode(dialect: Dialect) async throws {
        try await StreamCluster.serving { cluster in
            let result = try await cluster.kubectl(
                dialect,
                "exec",
                "web",
                "--",
                "sh",
                "-c",
                "echo out; echo err >&2; exit 3"
            )
            #expect(result.output == "out\n")
            #expect(result.errors == "err\ncommand terminated with exit code 3\n")
            #expect(result.status == 3)
            let quiet = try await cluster.kubectl(dialect, "exec", "web", "-c", "web", "--", "true")
            #expect(quiet.errors == "")
            #expect(quiet.status == 0)
        }
    }

    @Test(arguments: Dialect.allCases)
    func execCarriesInputToItsEnd(dialect: Dialect) async throws {
        try await StreamCluster.serving { cluster in
            let text = String(repeating: "0123456789abcdef", count: 256 << 10)
            let result = try await cluster.kubectl(dialect, "exec", "-i", "web", "--", "cat", input: Array(text.utf8))
            #expect(result.status == 0)
            #expect(result.errors == "")
            #expect(result.output == text)
            // A command that ends before its input does.
            let short = try await cluster.kubectl(
                dialect,
                "exec",
                "-i",
                "web",
                "--",
                "head",
                "-c",
                "4",
                input: Array(text.utf8)
            )
            #expect(short.output == "0123")
            #expect(short.status == 0)
        }
    }

    @Test(arguments: Dialect.allCases)
    func whatCannotRunIsSaid(dialect: Dialect) async throws {
        try await StreamCluster.serving { cluster in
            let missing = try await cluster.kubectl(dialect, "exec", "web", "--", "missing")
            #expect(missing.status == 1)
            #expect(missing.errors.contains(#"exec: "missing": executable file not found in $PATH"#))
            let refused = try await cluster.kubectl(dialect, "exec", "web", "--", "refused")
            #expect(refused.errors == "error: container web is not running\n")
            let nobody = try await cluster.kubectl(dialect, "exec", "nobody", "--", "true")
            #expect(nobody.errors == "Error from server (NotFound): pods \"nobody\" not found\n")
        }
    }

    @Test(arguments: Dialect.allCases)
    func whoMayNotIsRefused(dialect: Dialect) async throws {
        try await StreamCluster.serving { cluster in
            let user = "system:serviceaccount:default:default"
            for words in [
                ["create", "clusterrole", "reader", "--verb=get", "--resource=pods"],
                ["create", "clusterrolebinding", "reader", "--clusterrole=reader", "--serviceaccount=default:default"],
            ] {
                #expect(try await cluster.kubectl(dialect, words).status == 0)
            }
            for words in [["exec", "web", "--", "true"], ["port-forward", "web", ":8080"]] {
                let result = try await cluster.kubectl(dialect, ["--as", user] + words)
                #expect(result.status == 1)
                #expect(result.errors.contains("pods \"web\" is forbidden: User \"\(user)\" cannot"))
            }
        }
    }

    @Test(arguments: Dialect.allCases)
    func copyGoesBothWays(dialect: Dialect) async throws {
        try await StreamCluster.serving { cluster in
            let bytes = Data((0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) })
            for folder in ["pod", "here", "back"] {
                try FileManager.default.createDirectory(
                    atPath: "\(cluster.directory)/\(folder)",
                    withIntermediateDirectories: true
                )
            }
            try bytes.write(to: URL(fileURLWithPath: cluster.directory + "/here/file"))
            let there = try await cluster.kubectl(dialect, "cp", "here/file", "web:\(cluster.directory)/pod/file")
            #expect(there.errors == "")
            #expect(try Data(contentsOf: URL(fileURLWithPath: cluster.directory + "/pod/file")) == bytes)
            let back = try await cluster.kubectl(dialect, "cp", "web:\(cluster.directory)/pod/file", "back/file")
            #expect(back.status == 0)
            #expect(try Data(contentsOf: URL(fileURLWithPath: cluster.directory + "/back/file")) == bytes)
        }
    }

    @Test(arguments: Dialect.allCases)
    func attachTalksToTheContainer(dialect: Dialect) async throws {
        try await StreamCluster.serving { cluster in
            let result = try await cluster.kubectl(dialect, "attach", "-i", "web", input: Array("hello\n".utf8))
            #expect(result.output == "attached\nhello\n")
            #expect(result.status == 0)
        }
    }

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/script")), arguments: Dialect.allCases)
    func aTerminalTellsItsSize(dialect: Dialect) async throws {
        try await StreamCluster.serving { cluster in
            let kubectl = URL(fileURLWithPath: Kubectl.program ?? "kubectl").path
            let result = try await cluster.kubectl(
                dialect,
                "-qec",
                "stty rows 40 cols 101; \(kubectl) exec -it web -- size",
                "/dev/null",
                program: "/usr/bin/script"
            )
            #expect(result.output.contains("101x40"))
        }
    }

    @Test func logsAreFollowed() async throws {
        try await StreamCluster.serving { cluster in
            let result = try await cluster.kubectl(.webSocket, "logs", "-f", "web")
            #expect(result.output == "line 1\nline 2\nline 3\n")
        }
    }

    @Test(arguments: Dialect.allCases)
    func aClientThatGoesEndsItsCommand(dialect: Dialect) async throws {
        try await StreamCluster.serving { cluster in
            let process = cluster.process(dialect, ["exec", "-i", "web", "--", "wait"])
            process.standardInput = Pipe()
            try process.run()
            #expect(await cluster.node.started.next() == "wait")
            process.terminate()
            #expect(await cluster.node.cancelled.next() == "wait")
        }
    }

    @Test(arguments: Dialect.allCases)
    func portForwardServesManyConnectionsAtOnce(dialect: Dialect) async throws {
        try await StreamCluster.serving { cluster in
            try await Self.forwarding(cluster, dialect, ":8080") { port, _ in
                try await withThrowingTaskGroup(of: Bool.self) { group in
                    for index in 0..<20 {
                        group.addTask {
                            let bytes = [UInt8](repeating: UInt8(index), count: 300_000 + index)
                            return try await EchoServer.exchange(bytes, port: port) == bytes
                        }
                    }
                    for try await isSame in group { #expect(isSame) }
                }
            }
        }
    }

    @Test(arguments: Dialect.allCases)
    func portForwardSaysWhenNobodyListens(dialect: Dialect) async throws {
        try await StreamCluster.serving { cluster in
            try await Self.forwarding(cluster, dialect, ":9999") { port, errors in
                // Whether kubectl closes or resets its side is its own affair.
                _ = try? await EchoServer.exchange([1], port: port)
                let said = try await errors.executeThenClose { inbound in
                    var text = ""
                    for try await part in inbound {
                        text += String(buffer: part)
                        if text.contains("\n") { break }
                    }
                    return text
                }
                #expect(said.contains("error forwarding port 9999 to pod web, uid : dial tcp4 127.0.0.1:9999"))
            }
        }
    }

    /// Runs `kubectl port-forward` while `body` uses its port; gives it what kubectl says on its standard error.
    private static func forwarding(
        _ cluster: StreamCluster,
        _ dialect: Dialect,
        _ ports: String,
        _ body: (Int, NIOAsyncChannel<ByteBuffer, Never>) async throws -> Void
    ) async throws {
        let process = cluster.process(dialect, ["port-forward", "--address", "127.0.0.1", "pod/web", ports])
        let (output, errors) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        let words = try await LocalProgram.reader(output.fileHandleForReading)
        let complaints = try await LocalProgram.reader(errors.fileHandleForReading)
        try process.run()
        defer { process.terminate() }
        try await words.executeThenClose { inbound in
            var text = ""
            for try await part in inbound {
                text += String(buffer: part)
                guard let match = text.firstMatch(of: /127\.0\.0\.1:(\d+) ->/), let port = Int(match.1) else {
                    continue
                }
                try await body(port, complaints)
                return
            }
            Issue.record("kubectl forwarded nothing: \(text)")
        }
    }
}
