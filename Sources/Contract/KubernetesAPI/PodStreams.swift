/// What a node offers of a running pod beyond its object: the kubelet's side of `logs`, `exec` and `port-forward`.
package protocol PodStreams: Sendable {
    /// The log so far and, with `follow`, what comes; the stream ends with the container or its consumer.
    func logs(
        of pod: ObjectName,
        _ options: LogOptions
    ) async throws(StatusError) -> AsyncThrowingStream<[UInt8], any Error>

    /// Runs a command inside a container until it ends; output is handed over in order.
    func execute(
        in pod: ObjectName,
        _ options: ExecOptions,
        input: AsyncStream<ExecInput>,
        output: @escaping @Sendable (ExecOutput) async throws -> Void
    ) async throws(StatusError) -> ExecExit

    /// Connects to a TCP port of the pod's loopback.
    func connect(to pod: ObjectName, port: UInt16) async throws(StatusError) -> PodConnection
}

/// The query of `GET .../pods/NAME/log`.
package struct LogOptions: Sendable, Hashable {
    /// Empty is the pod's default or only container.
    package var container = ""
    package var follow = false
    package var previous = false
    package var timestamps = false
    /// Nil is all lines.
    package var tailLines: Int?
    package var sinceSeconds: Int?
    /// RFC 3339.
    package var sinceTime: String?
    package var limitBytes: Int?

    package init() {}
}

/// The query of `.../pods/NAME/exec` (and of `attach`, whose command is empty).
package struct ExecOptions: Sendable, Hashable {
    package var container = ""
    package var command: [String]
    package var stdin = false
    package var stdout = true
    package var stderr = true
    package var tty = false

    package init(command: [String]) { self.command = command }
}

/// What a command is given.
package enum ExecInput: Sendable, Hashable {
    case bytes([UInt8])
    case resize(columns: UInt16, rows: UInt16)
    /// Nothing more comes on standard input.
    case end
}

/// What a command wrote, in order.
package enum ExecOutput: Sendable, Hashable {
    case standardOutput([UInt8])
    case standardError([UInt8])
}

/// How a command ended.
package enum ExecExit: Sendable, Hashable {
    case code(Int32)
    /// It could not be run: the kernel's or the runtime's words.
    case failed(String)
}

/// Both directions of one connection into a pod.
package struct PodConnection: Sendable {
    /// Ends when the pod closed its side.
    package var received: AsyncThrowingStream<[UInt8], any Error>
    /// Waits for room; throws when the connection is gone.
    package var send: @Sendable ([UInt8]) async throws -> Void
    /// Nothing more is sent.
    package var finish: @Sendable () async -> Void
    package var close: @Sendable () -> Void

    package init(
        received: AsyncThrowingStream<[UInt8], any Error>,
        send: @escaping @Sendable ([UInt8]) async throws -> Void,
        finish: @escaping @Sendable () async -> Void,
        close: @escaping @Sendable () -> Void
    ) {
        self.received = received
        self.send = send
        self.finish = finish
        self.close = close
    }
}
