import ArgumentParser
import Logging
import ProxyAgent
import ProxyIdentity
import ProxyRuntime

/// A proxy outside of a pod: everything by flags of its own; what runs when no subcommand is named.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "A proxy by flags: asks the control plane by xDS and carries the requests. The default.",
        discussion: """
            What is not given is taken from the environment that Istio's injection sets: POD_NAME, POD_NAMESPACE, \
            INSTANCE_IP, PROXY_CONFIG (its discoveryAddress) and every ISTIO_META_NAME, which becomes node metadata. \
            The identity: as subcommand proxy; none where discovery is in plain text and nothing asks for one.
            """
    )

    @Option(help: "HOST:PORT where the control plane serves xDS.")
    var discoveryAddress: String?

    @Option(name: .customLong("node-id"), help: "sidecar~IP~POD.NAMESPACE~NAMESPACE.svc.cluster.local")
    var nodeID: String?

    @Option(help: "The node's cluster; APP.NAMESPACE by default.")
    var nodeCluster: String?

    @Option(help: "Node metadata under Istio's names: a JSON object, or @FILE.")
    var metadata: String?

    @Option(help: "Who carries the requests: swift or envoy.")
    var engine: Engine = .swift

    @Option(help: "The Envoy binary for --engine envoy.")
    var envoyPath = "/usr/local/bin/envoy"

    @Option(help: "Worker threads; 0 is one for each core.")
    var concurrency = 0

    @Option(help: "HOST:PORT of the admin interface.")
    var adminAddress = "127.0.0.1:15000"

    @Option(help: "Port of /healthz/ready for probes on all addresses; 0 is none. The Swift engine only.")
    var statusPort: UInt16 = 15021

    @Option(
        name: .customLong("stats-port"),
        help: "Port of /stats/prometheus on all addresses; 0 is none. The Swift engine only."
    )
    var statisticsPort: UInt16 = 15090

    @Option(help: "How long connections of a listener that goes may take to end, such as 45s.")
    var drainDuration = Seconds(45)

    @Option(help: "How long SIGTERM lets requests end, such as 5s.")
    var terminationDrainDuration = Seconds(5)

    @Option(help: "trace, debug, info, notice, warning, error or critical.")
    var logLevel = LogLevel(level: .info)

    func run() async throws {
        let level = SharedLogLevel(logLevel.level)
        LoggingSystem.bootstrap { SharedLevelLogHandler(StreamLogHandler.standardError(label: $0), level: level) }
        let logger = Logger(label: "martlet-proxy")
        var agent = try agentConfiguration()
        for line in try agent.readIdentity(.current) { logger.warning("not acted on", metadata: ["what": "\(line)"]) }
        let identity = IdentityService(agent.identity, logger: logger)
        let renewing = Task { await identity.run() }
        defer { renewing.cancel() }
        let stop = StopRequests.signals()
        switch engine {
        case .envoy:
            let directory = ProxyEnvironment.current["TMPDIR"] ?? "/tmp"
            let engine = EnvoyEngine(
                configuration: agent,
                path: envoyPath,
                directory: directory,
                identity: identity,
                logger: logger
            )
            let code = try await engine.run(until: stop)
            throw ExitCode(code)
        case .swift:
            let ports = SwiftEngine.StatusPorts(status: statusPort, statistics: statisticsPort)
            let engine = SwiftEngine(
                configuration: agent,
                ports: ports,
                identity: identity,
                logger: logger,
                level: level
            )
            throw ExitCode(try await engine.run(until: stop))
        }
    }

    private func agentConfiguration() throws -> AgentConfiguration {
        let environment = ProxyEnvironment.current
        guard let id = nodeID ?? environment.nodeID else {
            throw ValidationError("give --node-id, or POD_NAME, POD_NAMESPACE and INSTANCE_IP in the environment")
        }
        guard let address = discoveryAddress ?? environment.discoveryAddress else {
            throw ValidationError("give --discovery-address HOST:PORT")
        }
        guard let discovery = HostPort(address) else {
            throw ValidationError("--discovery-address '\(address)' is not HOST:PORT")
        }
        guard let admin = HostPort(adminAddress) else {
            throw ValidationError("--admin-address '\(adminAddress)' is not HOST:PORT")
        }
        guard concurrency >= 0 else { throw ValidationError("--concurrency must not be negative") }
        let json = try metadata.map { try ProxyEnvironment.text($0) } ?? environment.metadataJSON
        return AgentConfiguration(
            node: try NodeDescription.node(id: id, cluster: nodeCluster, metadata: json),
            discovery: discovery,
            admin: admin,
            concurrency: concurrency,
            drainDuration: .seconds(drainDuration.value),
            terminationDrainDuration: .seconds(terminationDrainDuration.value),
            logLevel: logLevel.level.rawValue
        )
    }
}
