package import KubernetesAPI

/// What a command in a container wrote, and how it ended.
package struct CommandResult: Sendable, Hashable {
    package var standardOutput: [UInt8]
    package var standardError: [UInt8]
    package var exit: ExecExit

    package init(standardOutput: [UInt8], standardError: [UInt8], exit: ExecExit) {
        self.standardOutput = standardOutput
        self.standardError = standardError
        self.exit = exit
    }
}

/// Gathers the numbered channels of `exec` (`v4.channel.k8s.io` and `v5`): the first byte of each message is the channel.
/// Pure.
struct CommandOutput: Sendable, Equatable {
    /// More output than this is refused.
    let limit: Int
    private var standardOutput: [UInt8] = []
    private var standardError: [UInt8] = []
    /// How the command ended, once the error channel has said so.
    private(set) var exit: ExecExit?

    init(limit: Int) { self.limit = limit }

    /// Takes one message; throws when there is too much output, or when the server says that the command cannot be run.
    mutating func take(_ message: some Collection<UInt8>) throws(StatusError) {
        guard let channel = message.first else { return }
        let bytes = message.dropFirst()
        switch channel {
        case 1: standardOutput += bytes
        case 2: standardError += bytes
        case 3 where !bytes.isEmpty: exit = try Self.exit(Array(bytes))
        default: return
        }
        guard standardOutput.count + standardError.count <= limit else {
            throw StatusError(.requestEntityTooLarge, "the command wrote more than \(limit) bytes")
        }
    }

    /// The whole; nil until the end was told.
    var result: CommandResult? {
        exit.map { CommandResult(standardOutput: standardOutput, standardError: standardError, exit: $0) }
    }

    /// Reads the `metav1.Status` of the error channel.
    private static func exit(_ bytes: [UInt8]) throws(StatusError) -> ExecExit {
        guard let status = try? JSONValue(json: bytes) else {
            throw StatusError(
                .internalError,
                "the command's status is not JSON: \(String(decoding: bytes, as: UTF8.self))"
            )
        }
        if status["status"]?.string == "Success" { return .code(0) }
        let causes = status[path: ["details", "causes"]]?.array ?? []
        let code = causes.first { $0["reason"]?.string == "ExitCode" }?["message"]?.string.flatMap { Int32($0) }
        if status["reason"]?.string == "NonZeroExitCode", let code { return .code(code) }
        return .failed(status["message"]?.string ?? "the command failed without a reason")
    }
}
