package import Logging
package import MeshTelemetry
package import ProxySnapshot

/// What the admin pages are made of and what they can set off; given by the runtime.
package struct AdminSources: Sendable {
    package var snapshot: @Sendable () -> ProxySnapshot?
    package var report: @Sendable () async -> ProxyReport
    /// What the workers remember of requests that are over.
    package var decisions: @Sendable (DecisionQuery) async -> RequestDecisions
    /// True once there is something to serve.
    package var isReady: @Sendable () -> Bool
    package var isDraining: @Sendable () -> Bool
    /// Why it is not ready although there is something to serve, nil when nothing lacks: the identity, for one.
    package var unreadyReason: @Sendable () -> String? = { nil }
    /// The secrets held, in order of names.
    package var secrets: @Sendable () -> [SecretReport] = { [] }
    package var logLevel: @Sendable () -> Logger.Level
    package var setLogLevel: @Sendable (Logger.Level) -> Void
    /// Drains all listeners, or with true only those of inbound traffic, which go on accepting meanwhile.
    package var drain: @Sendable (_ isInboundOnly: Bool) -> Void
    package var quit: @Sendable () -> Void
    /// Extra members of `/server_info`.
    package var nodeID: String
    package var uptimeSeconds: @Sendable () -> Int64

    package init(
        snapshot: @escaping @Sendable () -> ProxySnapshot?,
        report: @escaping @Sendable () async -> ProxyReport,
        decisions: @escaping @Sendable (DecisionQuery) async -> RequestDecisions,
        isReady: @escaping @Sendable () -> Bool,
        isDraining: @escaping @Sendable () -> Bool,
        logLevel: @escaping @Sendable () -> Logger.Level,
        setLogLevel: @escaping @Sendable (Logger.Level) -> Void,
        drain: @escaping @Sendable (_ isInboundOnly: Bool) -> Void,
        quit: @escaping @Sendable () -> Void,
        nodeID: String,
        uptimeSeconds: @escaping @Sendable () -> Int64
    ) {
        self.snapshot = snapshot
        self.report = report
        self.decisions = decisions
        self.isReady = isReady
        self.isDraining = isDraining
        self.logLevel = logLevel
        self.setLogLevel = setLogLevel
        self.drain = drain
        self.quit = quit
        self.nodeID = nodeID
        self.uptimeSeconds = uptimeSeconds
    }
}

/// The pages of the admin interface, under Envoy's paths.
package struct AdminPages: Sendable {
    private let sources: AdminSources

    package init(_ sources: AdminSources) { self.sources = sources }

    /// Answers a request; anything that changes something wants POST, as in Envoy.
    package func answer(_ request: AdminRequest) async -> AdminResponse {
        switch request.path {
        case "/", "/help": AdminResponse(body: Self.help)
        case "/ready": ready
        case "/config_dump": ConfigDump.page(sources.snapshot(), request, secrets: sources.secrets())
        case "/certs": CertificatesPage.page(sources.secrets())
        case "/clusters": ClustersPage.page(await sources.report(), request)
        case "/explain": await explain(request)
        case "/listeners": ListenersPage.page(await sources.report(), request)
        case "/stats": StatsPage.page(await statistics(), request)
        case "/stats/prometheus": StatsPage.prometheus(await statistics())
        case "/server_info": serverInfo
        case "/logging": request.isPost ? logging(request) : Self.wantsPost
        case "/drain_listeners":
            request.isPost ? act { sources.drain(request.query["inboundonly"] != nil) } : Self.wantsPost
        case "/quitquitquit": request.isPost ? act(sources.quit) : Self.wantsPost
        default: AdminResponse(status: 404, body: "invalid path. \(Self.help)")
        }
    }

    private func explain(_ request: AdminRequest) async -> AdminResponse {
        guard let query = ExplainPage.query(request) else { return ExplainPage.usage }
        return ExplainPage.page(await sources.decisions(query))
    }

    /// The pages of the port probes may reach: readiness and nothing else.
    package func answerProbe(_ request: AdminRequest) async -> AdminResponse {
        switch request.path {
        case "/healthz/ready": ready
        default: AdminResponse(status: 404, body: "\n")
        }
    }

    /// The page of the port Prometheus scrapes.
    package func answerScrape(_ request: AdminRequest) async -> AdminResponse {
        switch request.path {
        case "/stats/prometheus", "/metrics": StatsPage.prometheus(await statistics())
        default: AdminResponse(status: 404, body: "\n")
        }
    }

    private var state: String {
        if sources.isDraining() { return "DRAINING" }
        return sources.isReady() && sources.unreadyReason() == nil ? "LIVE" : "PRE_INITIALIZING"
    }

    private var ready: AdminResponse {
        let state = state
        guard state == "PRE_INITIALIZING", let reason = sources.unreadyReason() else {
            return AdminResponse(status: state == "LIVE" ? 200 : 503, body: "\(state)\n")
        }
        return AdminResponse(status: 503, body: "\(state): \(reason)\n")
    }

    private func statistics() async -> [StatsPage.Line] {
        StatsPage.lines(await sources.report(), isLive: state == "LIVE", uptime: sources.uptimeSeconds())
    }

    private var serverInfo: AdminResponse {
        .json(
            .object([
                ("version", .string("martlet/1.0")),
                ("state", .string(state)),
                ("uptime_current_epoch", .string("\(sources.uptimeSeconds())s")),
                ("uptime_all_epochs", .string("\(sources.uptimeSeconds())s")),
                ("node", .object([("id", .string(sources.nodeID))])),
            ])
        )
    }

    private func logging(_ request: AdminRequest) -> AdminResponse {
        if let unknown = request.query.keys.sorted().first(where: { !["level", "martlet-proxy"].contains($0) }) {
            return AdminResponse(status: 400, body: "unknown logger '\(unknown)'; there is martlet-proxy\n")
        }
        if let text = request.query["martlet-proxy"] ?? request.query["level"] {
            let names = ["off": "critical", "warn": "warning"]
            guard let level = Logger.Level(rawValue: names[text] ?? text) else {
                return AdminResponse(status: 400, body: "unknown level '\(text)'\n")
            }
            sources.setLogLevel(level)
        }
        return AdminResponse(body: "active loggers:\n  martlet-proxy: \(sources.logLevel())\n")
    }

    private func act(_ action: @Sendable () -> Void) -> AdminResponse {
        action()
        return AdminResponse(body: "OK\n")
    }

    private static let wantsPost = AdminResponse(status: 405, body: "Method Not Allowed: use POST\n")

    private static let help = """
        admin commands are:
          /certs: certificates in use
          /clusters: upstream cluster status
          /config_dump: the configuration that is served (resource=dynamic_listeners, name_regex=, include_eds)
          /drain_listeners (POST): stop accepting and end connections
          /explain: what was decided about a request that is over, as JSON (request-id=ID, or last=N); not in Envoy
          /help: this page
          /listeners: listener names and addresses
          /logging (POST): query or change the log level (level=debug)
          /quitquitquit (POST): exit the server
          /ready: LIVE when configured
          /server_info: version and state
          /stats: counters and gauges (filter=REGEX, usedonly, format=json|prometheus)
          /stats/prometheus: the same for Prometheus

        """
}
