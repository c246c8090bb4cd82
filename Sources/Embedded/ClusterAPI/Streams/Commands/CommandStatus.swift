import KubernetesAPI

/// What the error channel of exec and attach says at the end (`metav1.Status`).
enum CommandStatus: Sendable, Equatable {
    case success
    case exitCode(Int32)
    case failure(StatusError)

    init(_ exit: ExecExit) {
        switch exit {
        case .code(0): self = .success
        case .code(let code): self = .exitCode(code)
        case .failed(let reason):
            self = .failure(
                StatusError(.internalError, "Internal error occurred: error executing command in container: \(reason)")
            )
        }
    }

    /// Since v4 of the protocol: a Status; nothing else tells the exit code.
    var json: JSONValue {
        switch self {
        case .success: ["metadata": [:], "status": "Success"]
        case .exitCode(let code):
            [
                "metadata": [:], "status": "Failure", "reason": "NonZeroExitCode", "message": .string(text),
                // Clients read eight bits and no sign.
                "details": [
                    "causes": [["reason": "ExitCode", "message": .string(String(UInt8(truncatingIfNeeded: code)))]]
                ],
            ]
        case .failure(let error): error.json
        }
    }

    /// Before v4: words, none when it went well.
    var text: String {
        switch self {
        case .success: ""
        case .exitCode(let code): "command terminated with non-zero exit code: exit status \(code)"
        case .failure(let error): error.message
        }
    }
}
