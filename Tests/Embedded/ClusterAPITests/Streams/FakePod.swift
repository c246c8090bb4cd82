import ClusterAPI
import Foundation
import KubernetesAPI
import NIOCore
import NIOPosix

@testable import ClusterAPI

/// A node with one pod whose containers are programs of this machine and whose port 8080 echoes.
final class FakePod: PodStreams {
    let echo: EchoServer
    /// Each command that was cancelled before its end.
    let cancelled = BoundedPipe<String>(limit: 100) { _ in 1 }
    let started = BoundedPipe<String>(limit: 100) { _ in 1 }

    init() async throws {
        signal(SIGPIPE, SIG_IGN)
        echo = try await EchoServer()
    }

    func logs(
        of pod: ObjectName,
        _ options: LogOptions
    ) async throws(StatusError) -> AsyncThrowingStream<[UInt8], any Error> {
        let lines = BoundedPipe<[UInt8]>(bytes: 1 << 20)
        for number in 1...3 { _ = await lines.send(Array("line \(number)\n".utf8)) }
        lines.finish()
        return AsyncThrowingStream { await lines.next() }
    }

    func execute(
        in pod: ObjectName,
        _ options: ExecOptions,
        input: AsyncStream<ExecInput>,
        output: @escaping @Sendable (ExecOutput) async throws -> Void
    ) async throws(StatusError) -> ExecExit {
        do {
            switch options.command.first {
            case nil:
                try await output(.standardOutput(Array("attached\n".utf8)))
                for await element in input {
                    if case .bytes(let bytes) = element { try await output(.standardOutput(bytes)) }
                    if case .end = element { break }
                }
                return .code(0)
            case "size":
                for await case .resize(let columns, let rows) in input {
                    try await output(.standardOutput(Array("\(columns)x\(rows)\r\n".utf8)))
                    return .code(0)
                }
                return .code(1)
            case "wait":
                _ = await started.send("wait")
                for await _ in input {}
                try Task.checkCancellation()
                return .code(0)
            case "missing": return .failed("exec: \"missing\": executable file not found in $PATH")
            case "refused": throw StatusError(.badRequest, "container web is not running")
            default: return try await LocalProgram.run(options, input, output)
            }
        } catch let error as StatusError {
            throw error
        } catch {
            _ = await cancelled.send(options.command.joined(separator: " "))
            return .failed("\(error)")
        }
    }

    func connect(to pod: ObjectName, port: UInt16) async throws(StatusError) -> PodConnection {
        guard port == 8080 else {
            throw StatusError(.internalError, "dial tcp4 127.0.0.1:\(port): connect: connection refused")
        }
        do {
            return try await echo.connection()
        } catch {
            throw StatusError(.internalError, "\(error)")
        }
    }
}

/// A program of this machine between streams.
enum LocalProgram {
    static func run(
        _ options: ExecOptions,
        _ input: AsyncStream<ExecInput>,
        _ output: @escaping @Sendable (ExecOutput) async throws -> Void
    ) async throws -> ExecExit {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = options.command
        let (stdin, stdout, stderr) = (Pipe(), Pipe(), Pipe())
        process.standardInput = stdin
        process.standardOutput = stdout
        process.standardError = stderr
        let (exits, continuation) = AsyncStream.makeStream(of: Int32.self)
        process.terminationHandler = { ended in
            continuation.yield(ended.terminationStatus)
            continuation.finish()
        }
        try process.run()
        let typing = try await NIOPipeBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .takingOwnershipOfDescriptor(output: dup(stdin.fileHandleForWriting.fileDescriptor)).get()
        try stdin.fileHandleForWriting.close()
        let words = try await reader(stdout.fileHandleForReading)
        let complaints = try await reader(stderr.fileHandleForReading)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            let talking = Task {
                for await element in input {
                    if case .bytes(let bytes) = element { try await typing.writeAndFlush(ByteBuffer(bytes: bytes)) }
                    if case .end = element { break }
                }
                typing.close(promise: nil)
            }
            if !options.stdin { typing.close(promise: nil) }
            group.addTask {
                try await words.executeThenClose {
                    for try await part in $0 { try await output(.standardOutput(Array(part.readableBytesView))) }
                }
            }
            group.addTask {
                try await complaints.executeThenClose {
                    for try await part in $0 { try await output(.standardError(Array(part.readableBytesView))) }
                }
            }
            let code = await exits.first { _ in true } ?? -1
            talking.cancel()
            typing.close(promise: nil)
            try await group.waitForAll()
            return .code(code)
        }
    }

    static func reader(_ handle: FileHandle) async throws -> NIOAsyncChannel<ByteBuffer, Never> {
        try await NIOPipeBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .takingOwnershipOfDescriptor(input: dup(handle.fileDescriptor)) { channel in
                channel.eventLoop.makeCompletedFuture { try NIOAsyncChannel(wrappingChannelSynchronously: channel) }
            }
    }
}
