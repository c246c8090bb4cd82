package import Logging
package import ProxyIdentity
internal import Subprocess
internal import SystemPackage

/// Runs a real Envoy as the engine of a proxy: writes its bootstrap, starts it, drains it and passes its exit on.
package struct EnvoyEngine: Sendable {
    private let configuration: AgentConfiguration
    private let path: String
    private let directory: String
    private let identity: IdentityService
    private let logger: Logger

    /// An engine from the binary at `path`; the bootstrap and the socket of secrets are put into `directory`. The secrets
    /// are those of `identity`, which somebody else runs.
    package init(
        configuration: AgentConfiguration,
        path: String,
        directory: String,
        identity: IdentityService,
        logger: Logger
    ) {
        self.configuration = configuration
        self.path = path
        self.directory = directory
        self.identity = identity
        self.logger = logger
    }

    /// Runs Envoy until it ends by itself or `stop` yields; returns the exit code to pass on.
    ///
    /// When `stop` yields, listeners drain (`POST /drain_listeners?graceful`) for the termination drain duration, then
    /// Envoy gets SIGTERM, and SIGKILL two seconds later.
    ///
    /// - Throws: when the bootstrap cannot be written, the socket of secrets not be made or the binary not be started.
    package func run(until stop: AsyncStream<Void>) async throws -> Int32 {
        let secrets = EnvoySecrets(
            configuration: configuration,
            identity: identity,
            directory: directory,
            logger: logger
        )
        return try await secrets.serve { try await runEnvoy(secretSocket: $0, until: stop) }
    }

    private func runEnvoy(secretSocket: String, until stop: AsyncStream<Void>) async throws -> Int32 {
        let file = "\(directory)/envoy-bootstrap-\(configuration.admin.port).json"
        try write(EnvoyBootstrap.json(for: configuration, secretSocket: secretSocket), to: FilePath(file))
        logger.info("starting Envoy", metadata: ["path": "\(path)", "bootstrap": "\(file)"])
        return try await withThrowingTaskGroup(of: Int32?.self) { group in
            group.addTask { try await envoy(bootstrap: file) }
            group.addTask {
                for await _ in stop {
                    await drain()
                    return nil
                }
                // The stream ended without a word: only Envoy's own end counts.
                try await Task.sleep(for: .seconds(86_400 * 365))
                return nil
            }
            let first = try await group.next() ?? nil
            group.cancelAll()
            if let first { return first }
            do {
                return (try await group.next() ?? nil) ?? 0
            } catch is CancellationError {
                return 0
            }
        }
    }

    private func envoy(bootstrap: String) async throws -> Int32 {
        var options = PlatformOptions()
        options.teardownSequence = [.gracefulShutDown(allowedDurationToNextStep: .seconds(2))]
        let result = try await Subprocess.run(
            .path(FilePath(path)),
            arguments: Arguments(arguments(bootstrap: bootstrap)),
            platformOptions: options,
            output: .currentStandardOutput,
            error: .currentStandardError
        )
        switch result.terminationStatus {
        case .exited(let code): return Int32(code)
        case .signaled(let signal): return 128 &+ Int32(signal)
        }
    }

    private func arguments(bootstrap: String) -> [String] {
        var arguments = [
            "--config-path", bootstrap,
            // Without it a killed Envoy leaves its shared memory on the machine. Both are Istio's flags.
            "--disable-hot-restart",
            "--file-flush-interval-msec", "1000",
            "--drain-time-s", "\(configuration.drainDuration.components.seconds)",
            "--drain-strategy", "immediate",
            "--log-level", Self.level(configuration.logLevel),
        ]
        if let levels = configuration.componentLogLevel, !levels.isEmpty {
            arguments += ["--component-log-level", levels]
        }
        if configuration.concurrency > 0 { arguments += ["--concurrency", "\(configuration.concurrency)"] }
        return arguments
    }

    private func drain() async {
        let wait = configuration.terminationDrainDuration
        logger.info("draining Envoy", metadata: ["for": "\(wait)"])
        // In a pod the application still needs its way out for what it has begun.
        let query = configuration.shutdown == .whenIdle || configuration.isGateway ? "graceful" : "inboundonly&graceful"
        do {
            try await AdminPost.send("/drain_listeners?\(query)", to: configuration.admin)
        } catch {
            logger.warning("the admin interface does not answer", metadata: ["reason": "\(error)"])
        }
        if case .zeroConnections(let minimum) = configuration.shutdown {
            try? await Task.sleep(for: minimum)
            while let count = try? await EngineAdmin(configuration.admin).activeConnections(), count > 0 {
                guard (try? await Task.sleep(for: .seconds(1))) != nil else { return }
            }
        } else {
            try? await Task.sleep(for: wait)
        }
    }

    private func write(_ text: String, to file: FilePath) throws {
        // The bootstrap names the workload; other users have no business with it.
        let descriptor = try FileDescriptor.open(
            file,
            .writeOnly,
            options: [.create, .truncate],
            permissions: .ownerReadWrite
        )
        try descriptor.closeAfter { _ = try descriptor.writeAll(text.utf8) }
    }

    // swift-log's names -> spdlog's.
    private static func level(_ name: String) -> String {
        switch name {
        case "notice": "info"
        case "off": "off"
        case "trace", "debug", "info", "warning", "error", "critical": name
        default: "warning"
        }
    }
}
