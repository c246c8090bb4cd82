import ArgumentParser
import Logging
import ProxyAgent
import ProxyIdentity
import ProxyRuntime

/// The proxy of an injected pod: flags and environment exactly as Istio's injection gives them.
struct ProxyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "proxy",
        abstract: "The proxy of a pod, told everything by the environment that Istio's injection sets.",
        discussion: """
            Read: POD_NAME, POD_NAMESPACE, INSTANCE_IP, SERVICE_ACCOUNT, ISTIO_CPU_LIMIT, PROXY_CONFIG, ISTIO_META_NAME, \
            TRUST_DOMAIN, ISTIO_KUBE_APP_PROBERS, ISTIO_PROMETHEUS_ANNOTATIONS, /etc/istio/pod/labels and annotations; \
            CA_ADDR, CA_ROOT_CA, XDS_ROOT_CA, ISTIOD_SAN, PROV_CERT, OUTPUT_CERTS, FILE_MOUNTED_CERTS, SECRET_TTL, \
            SECRET_GRACE_PERIOD_RATIO, SECRET_GRACE_PERIOD_RATIO_JITTER, ECC_SIGNATURE_ALGORITHM, ECC_CURVE, \
            WORKLOAD_RSA_KEY_SIZE; MARTLET_DISCOVERY_TLS (true or false; true by default but on port 15010 and on \
            loopback), MARTLET_CERTS_FOLDER (for FILE_MOUNTED_CERTS), JWT_PATH (the token's file); \
            TERMINATION_DRAIN_DURATION_SECONDS, MINIMUM_DRAIN_DURATION, EXIT_ON_ZERO_ACTIVE_CONNECTIONS; \
            MARTLET_ENGINE (swift or envoy), MARTLET_ENVOY_PATH, MARTLET_EXIT_WITH_APPLICATION (true or false; without \
            it the proxy of a Job's pod ends with the application). \
            Flags of Istio that are not known here are named in a warning.
            """
    )

    @Argument(help: "sidecar or router.")
    var role: ProxyRole = .sidecar

    @Option(help: "The DNS domain of the node ID; NAMESPACE.svc.cluster.local by default.")
    var domain: String?

    @Option(name: .customLong("proxyLogLevel"), help: "Envoy's log level.")
    var proxyLogLevel = "warning"

    @Option(name: .customLong("proxyComponentLogLevel"), help: "Envoy's log levels by component.")
    var proxyComponentLogLevel = ""

    @Option(name: .customLong("log_output_level"), help: "SCOPE:LEVEL,... of the agent and the Swift engine.")
    var logOutputLevel = "default:info"

    @Option(help: "Worker threads; by PROXY_CONFIG, then ISTIO_CPU_LIMIT, then one for each core.")
    var concurrency: Int?

    @Argument(parsing: .allUnrecognized, help: .hidden)
    var others: [String] = []

    func run() async throws {
        let level = SharedLogLevel(LogLevel(scopes: logOutputLevel).level)
        LoggingSystem.bootstrap { SharedLevelLogHandler(StreamLogHandler.standardError(label: $0), level: level) }
        let logger = Logger(label: "martlet-proxy")
        let environment = ProxyEnvironment.current
        let engine = try environment["MARTLET_ENGINE"].flatMap { $0.isEmpty ? nil : $0 }.map { text in
            guard let engine = Engine(rawValue: text) else {
                throw ValidationError("MARTLET_ENGINE '\(text)' is neither swift nor envoy")
            }
            return engine
        }
        let pod = PodEnvironment.current()
        let flags = PodConfiguration.Flags(
            role: role,
            domain: domain,
            concurrency: concurrency,
            proxyLogLevel: proxyLogLevel,
            componentLogLevel: proxyComponentLogLevel,
            others: others,
            isEnvoy: engine == .envoy
        )
        let settings = try PodConfiguration.read(pod, environment, flags)
        for line in settings.warnings { logger.warning("not acted on", metadata: ["what": "\(line)"]) }
        throw ExitCode(try await serve(settings.agent, pod, engine ?? .swift, environment, level, logger))
    }

    private func serve(
        _ agent: AgentConfiguration,
        _ pod: PodEnvironment,
        _ engine: Engine,
        _ environment: ProxyEnvironment,
        _ level: SharedLogLevel,
        _ logger: Logger
    ) async throws -> Int32 {
        let ending = AgentEnding()
        let identity = IdentityService(agent.identity, logger: logger)
        let renewing = Task { await identity.run() }
        defer { renewing.cancel() }
        var settings = AgentServer.Settings(
            agent: agent,
            address: pod.address ?? "127.0.0.1",
            engine: engine.rawValue,
            identity: identity
        )
        settings.probers = environment["ISTIO_KUBE_APP_PROBERS"]
        settings.metrics = environment["ISTIO_PROMETHEUS_ANNOTATIONS"]
        let server = try await AgentServer.start(settings, ending: ending, servesStatus: false, logger: logger)
        logger.info(
            "proxy starts",
            metadata: [
                "node": "\(agent.nodeID)", "discovery": "\(agent.discovery)", "engine": "\(engine)",
                "version": "\(MartletVersion.own)",
            ]
        )
        do {
            let forwarder = try await Self.forwardDNS(environment, logger)
            let code = try await carry(agent, engine, identity, ending, environment, level, logger)
            await forwarder?.stop()
            await server.stop()
            return code
        } catch {
            await server.stop()
            throw error
        }
    }

    /// Runs the engine until it is asked to end.
    private func carry(
        _ agent: AgentConfiguration,
        _ engine: Engine,
        _ identity: IdentityService,
        _ ending: AgentEnding,
        _ environment: ProxyEnvironment,
        _ level: SharedLogLevel,
        _ logger: Logger
    ) async throws -> Int32 {
        let (stop, stopper) = AsyncStream<Void>.makeStream()
        let tasks = [
            Task { for await _ in StopRequests.signals() { ending.request(.signal) } },
            Task {
                for await reason in ending.requests {
                    logger.info("proxy ends", metadata: ["reason": "\(reason)"])
                    stopper.yield()
                }
            },
            Task {
                guard let watch = ApplicationWatch(environment, logger: logger) else { return }
                if (try? await watch.waitForEnd()) != nil { ending.request(.applicationEnded) }
            },
        ]
        defer { for task in tasks { task.cancel() } }
        switch engine {
        case .swift:
            let ports = agent.podPorts ?? AgentConfiguration.PodPorts()
            return try await SwiftEngine(
                configuration: agent,
                ports: SwiftEngine.StatusPorts(status: ports.status, statistics: ports.statistics),
                identity: identity,
                logger: logger,
                level: level
            ).run(until: stop)
        case .envoy:
            let path = environment["MARTLET_ENVOY_PATH"] ?? "/usr/local/bin/envoy"
            let folder = PodConfiguration.bootstrapFolder(environment)
            return try await EnvoyEngine(
                configuration: agent,
                path: path,
                directory: folder,
                identity: identity,
                logger: logger
            ).run(until: stop)
        }
    }

    /// What `ISTIO_META_DNS_CAPTURE` leads to port 15053 needs somebody there.
    private static func forwardDNS(_ environment: ProxyEnvironment, _ logger: Logger) async throws -> DNSForwarder? {
        guard ["true", "1"].contains(environment["ISTIO_META_DNS_CAPTURE"] ?? "") else { return nil }
        let text = (try? ProxyEnvironment.text("@/etc/resolv.conf")) ?? ""
        guard let name = AddressRange.nameServers(ofResolvConf: text).first?.address else {
            logger.warning("DNS is captured and /etc/resolv.conf names no server")
            return nil
        }
        return try await DNSForwarder.start(server: HostPort(host: name, port: 53), logger: logger)
    }
}

extension ProxyRole: ExpressibleByArgument {}
