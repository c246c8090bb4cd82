import KubernetesAPI

/// One `exec` or `attach`, whichever protocol it came over.
struct RemoteCommand: Sendable {
    let streams: any PodStreams
    let pod: ObjectName
    let options: ExecOptions
    /// What the client types; the command holds it back by not reading.
    let input = BoundedPipe<ExecInput>(limit: 256 << 10) { input in
        if case .bytes(let bytes) = input { max(bytes.count, 1) } else { 1 }
    }

    /// Runs until the command ends; a cancelled task ends the command.
    func run(_ output: @escaping @Sendable (ExecOutput) async throws -> Void) async -> CommandStatus {
        defer { input.abandon() }
        let input = input
        do {
            let exit = try await streams.execute(
                in: pod,
                options,
                input: AsyncStream { await input.next() },
                output: output
            )
            return CommandStatus(exit)
        } catch {
            return .failure(error)
        }
    }
}

extension ExecOptions {
    /// The query of `PodExecOptions` and `PodAttachOptions`.
    init(_ request: UpgradeRequest) throws(StatusError) {
        let query = request.query
        let isExec = request.subresource == "exec"
        self.init(command: isExec ? query.all("command") : [])
        container = query["container"] ?? ""
        stdin = query.flag("stdin")
        // What Kubernetes makes of an absent parameter: its API gives `exec` and `attach` no output then.
        stdout = query.flag("stdout")
        tty = query.flag("tty")
        // A terminal has one output only.
        stderr = query.flag("stderr") && !tty
        guard !isExec || !command.isEmpty else {
            throw StatusError(.badRequest, "you must specify at least one command for the container")
        }
        guard stdin || stdout || stderr else {
            throw StatusError(.badRequest, "you must specify at least 1 of stdin, stdout, stderr")
        }
    }
}

/// `{"Width": columns, "Height": rows}` as the resize channel carries it.
struct TerminalSize: Sendable, Equatable {
    var columns: UInt16
    var rows: UInt16

    /// Nil for anything that is no size.
    init?(json bytes: some Sequence<UInt8>) {
        guard let json = try? JSONValue(json: Array(bytes)), let width = Self.number(json["Width"]),
            let height = Self.number(json["Height"])
        else { return nil }
        (columns, rows) = (width, height)
    }

    private static func number(_ value: JSONValue?) -> UInt16? { value?.integer.flatMap { UInt16(exactly: $0) } }
}
