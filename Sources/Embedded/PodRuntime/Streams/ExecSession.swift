import CSandbox
import Glibc
import KubernetesAPI
import NIOCore
import NIOPosix

/// One `kubectl exec`: a program in a container with its streams, with back pressure in both directions.
struct ExecSession: Sendable {
    var context: NodeContext
    var container: RunningContainer
    var options: ExecOptions
    var input: AsyncStream<ExecInput>
    var output: @Sendable (ExecOutput) async throws -> Void

    func run() async throws -> ExecExit {
        guard !options.command.isEmpty else { return .failed("no command") }
        return options.tty ? try await runWithTerminal() : try await runWithPipes()
    }

    private func runWithTerminal() async throws -> ExecExit {
        var leader: Int32 = -1
        var follower: Int32 = -1
        // The container's own: a program that asks for its terminal's name finds it there.
        let multiplexer = "/proc/\(container.process.pid)/root/dev/pts/ptmx"
        let error = sandbox_open_terminal(multiplexer, container.identity.user, &leader, &follower)
        guard error == 0 else { throw SystemError(error, "open a terminal") }
        let reading = fcntl(leader, F_DUPFD_CLOEXEC, 3)
        let writing = fcntl(leader, F_DUPFD_CLOEXEC, 3)
        let process: SandboxProcess
        do {
            process = try await ContainerExec(context: context, container: container)
                .spawn(options.command, input: follower, output: follower, error: follower, hasTerminal: true)
            close(follower)
        } catch {
            for descriptor in [leader, follower, reading, writing] { close(descriptor) }
            return .failed("\(error)")
        }
        let screen = leader
        return try await converse(process, outputs: [(reading, false)], input: writing) { columns, rows in
            _ = sandbox_resize_terminal(screen, columns, rows)
        } finish: {
            close(screen)
        }
    }

    private func runWithPipes() async throws -> ExecExit {
        var pipes: [Int32] = []
        for _ in 0..<3 {
            do {
                let (reading, writing) = try Descriptors.pipe()
                pipes += [reading, writing]
            } catch {
                for descriptor in pipes { close(descriptor) }
                throw error
            }
        }
        let process: SandboxProcess
        do {
            process = try await ContainerExec(context: context, container: container)
                .spawn(options.command, input: pipes[0], output: pipes[3], error: pipes[5], hasTerminal: false)
        } catch {
            for descriptor in pipes { close(descriptor) }
            return .failed("\(error)")
        }
        for index in [0, 3, 5] { close(pipes[index]) }
        return try await converse(
            process,
            outputs: [(pipes[2], false), (pipes[4], true)],
            input: pipes[1],
            resize: { _, _ in },
            finish: {}
        )
    }

    private func converse(
        _ process: SandboxProcess,
        outputs: [(descriptor: Int32, isError: Bool)],
        input writing: Int32,
        resize: @escaping @Sendable (UInt16, UInt16) -> Void,
        finish: @escaping @Sendable () -> Void
    ) async throws -> ExecExit {
        let (exits, continuation) = AsyncStream.makeStream(of: ProcessReaper.Exit.self)
        context.reaper.own(process) { exit in
            continuation.yield(exit)
            continuation.finish()
        }
        defer { finish() }
        var channels: [(channel: NIOAsyncChannel<ByteBuffer, Never>, isError: Bool)] = []
        for output in outputs {
            let channel = try await NIOPipeBootstrap(group: context.sockets.group)
                .takingOwnershipOfDescriptor(input: output.descriptor) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try NIOAsyncChannel<ByteBuffer, Never>(wrappingChannelSynchronously: channel)
                    }
                }
            channels.append((channel, output.isError))
        }
        let typing = try await NIOPipeBootstrap(group: context.sockets.group)
            .takingOwnershipOfDescriptor(output: writing) { channel in channel.eventLoop.makeSucceededFuture(channel) }
        return await withTaskCancellationHandler { [channels] in
            let talking = Task { await type(into: typing, resize) }
            let reading = channels.map { channel, isError in
                Task { await read(channel, isError) }
            }
            let exit = await exits.first { _ in true }
            talking.cancel()
            typing.close(promise: nil)
            // A program it left running may hold the pipes; its last words are waited for, not its end.
            let clock = Task {
                try? await Task.sleep(for: .seconds(2))
                for (channel, _) in channels { channel.channel.close(promise: nil) }
            }
            for task in reading { await task.value }
            clock.cancel()
            guard let exit else { return .failed("the command was cancelled") }
            return .code(exit.signal == 0 ? exit.code : 128 &+ exit.signal)
        } onCancel: {
            process.signal(SIGKILL)
        }
    }

    private func read(_ channel: NIOAsyncChannel<ByteBuffer, Never>, _ isError: Bool) async {
        let wants = isError ? options.stderr : options.stdout || options.tty
        // The end of a terminal is an error of its reader; so is a consumer that went away.
        try? await channel.executeThenClose { inbound in
            for try await part in inbound where wants {
                let bytes = Array(part.readableBytesView)
                try await output(isError ? .standardError(bytes) : .standardOutput(bytes))
            }
        }
    }

    private func type(into channel: any Channel, _ resize: @Sendable (UInt16, UInt16) -> Void) async {
        if !options.stdin, !options.tty {
            channel.close(promise: nil)
            return
        }
        for await element in input {
            switch element {
            case .bytes(let bytes):
                do {
                    try await channel.writeAndFlush(ByteBuffer(bytes: bytes))
                } catch {
                    return
                }
            case .resize(let columns, let rows): resize(columns, rows)
            case .end:
                if !options.tty { channel.close(promise: nil) }
            }
        }
        if !options.tty { channel.close(promise: nil) }
    }
}
