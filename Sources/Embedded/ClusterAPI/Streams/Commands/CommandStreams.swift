import KubernetesAPI

/// `exec` and `attach` over SPDY: one stream for each of error, stdin, stdout, stderr and resize.
struct CommandStreams: Sendable {
    /// The generations, as `X-Stream-Protocol-Version` names them.
    enum Version: String, Sendable, CaseIterable {
        case v4 = "v4.channel.k8s.io"
        case v3 = "v3.channel.k8s.io"
        case v2 = "v2.channel.k8s.io"
        case v1 = "channel.k8s.io"

        var hasResize: Bool { self == .v4 || self == .v3 }
    }

    /// How long a client may take to open its streams.
    static let patience: Duration = .seconds(30)

    let command: RemoteCommand
    let version: Version
    let transport: StreamTransport

    /// The streams that the client opens, as their header `streamtype` names them.
    private var expected: Set<String> {
        let options = command.options
        var names: Set = ["error"]
        if options.stdin { names.insert("stdin") }
        if options.stdout { names.insert("stdout") }
        if options.stderr { names.insert("stderr") }
        if options.tty, version.hasResize { names.insert("resize") }
        return names
    }

    func run() async {
        let session = SPDYSession(transport: transport)
        let expected = expected
        let (opened, continuation) = AsyncStream.makeStream(of: [String: SPDYStream].self)
        await transport.run {
            var streams: [String: SPDYStream] = [:]
            await session.serve { stream in
                let type = stream.headers["streamtype"] ?? ""
                guard expected.contains(type), streams[type] == nil else { return false }
                streams[type] = stream
                if streams.count == expected.count { continuation.yield(streams) }
                return true
            }
        } working: {
            let clock = Task {
                try await Task.sleep(for: Self.patience)
                continuation.finish()
            }
            if let streams = await opened.first(where: { _ in true }) {
                clock.cancel()
                await converse(streams)
            }
            clock.cancel()
            await session.goAway()
        }
    }

    private func converse(_ streams: [String: SPDYStream]) async {
        await withTaskGroup(of: Void.self) { group in
            if let stdin = streams["stdin"] { group.addTask { await type(stdin) } }
            if let resize = streams["resize"] { group.addTask { await follow(resize) } }
            let stdout = streams["stdout"]
            let stderr = streams["stderr"]
            let status = await command.run { output in
                switch output {
                case .standardOutput(let bytes): try await stdout?.send(bytes)
                case .standardError(let bytes): try await stderr?.send(bytes)
                }
            }
            group.cancelAll()
            await stdout?.finish()
            await stderr?.finish()
            let words = version == .v4 ? status.json.jsonBytes : Array(status.text.utf8)
            if !words.isEmpty { try? await streams["error"]?.send(words) }
            await streams["error"]?.finish()
            // What the client still types would stop the reader before it sees the client go.
            for stream in streams.values { stream.received.abandon() }
        }
    }

    private func type(_ stdin: SPDYStream) async {
        while let bytes = await stdin.received.next() {
            guard await command.input.send(.bytes(bytes)) else { return }
        }
        _ = await command.input.send(.end)
    }

    /// One JSON object after another, each on a line.
    private func follow(_ resize: SPDYStream) async {
        var line: [UInt8] = []
        while let bytes = await resize.received.next() {
            line += bytes
            while let end = line.firstIndex(of: UInt8(ascii: "}")) {
                if let size = TerminalSize(json: line[...end]) {
                    _ = await command.input.send(.resize(columns: size.columns, rows: size.rows))
                }
                line.removeSubrange(...end)
            }
            // No size is this long.
            if line.count > 1024 { line = [] }
        }
    }
}
