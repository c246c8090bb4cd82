#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// What a pod's flags and environment come to.
package struct PodConfiguration: Sendable {
    package var agent: AgentConfiguration
    /// What was given and is not acted on, a line each.
    package var warnings: [String]

    /// The flags of `proxy`.
    package struct Flags: Sendable {
        var role: ProxyRole
        var domain: String?
        var concurrency: Int?
        var proxyLogLevel: String
        var componentLogLevel: String
        var others: [String]
        var isEnvoy: Bool

        package init(
            role: ProxyRole,
            domain: String? = nil,
            concurrency: Int? = nil,
            proxyLogLevel: String = "warning",
            componentLogLevel: String = "",
            others: [String] = [],
            isEnvoy: Bool = false
        ) {
            self.role = role
            self.domain = domain
            self.concurrency = concurrency
            self.proxyLogLevel = proxyLogLevel
            self.componentLogLevel = componentLogLevel
            self.others = others
            self.isEnvoy = isEnvoy
        }
    }

    /// Variables of Istio's agent that mean something there and nothing here yet.
    private static let ignoredVariables = [
        "CA_PROVIDER", "CREDENTIAL_FETCHER_TYPE", "ENABLE_CA_SERVER", "GOMAXPROCS", "GOMEMLIMIT",
        "ISTIO_BOOTSTRAP_OVERRIDE", "ISTIO_META_DNS_AUTO_ALLOCATE", "OTEL_RESOURCE_ATTRIBUTES", "PILOT_CERT_PROVIDER",
        "PKCS8_KEY", "WASM_INSECURE_REGISTRIES", "WASM_MODULE_EXPIRY", "WASM_PURGE_INTERVAL",
    ]

    /// Joins flags, environment and `PROXY_CONFIG`; the more particular wins, in this order.
    ///
    /// - Throws: `AgentConfigurationError` for a pod that is not named or a discovery address that is none.
    package static func read(
        _ pod: PodEnvironment,
        _ environment: ProxyEnvironment,
        _ flags: Flags
    ) throws(AgentConfigurationError) -> PodConfiguration {
        var warnings = pod.settings.warnings
        let node = try pod.node(role: flags.role, domain: flags.domain)
        var agent = AgentConfiguration(node: node, discovery: try discovery(pod.settings))
        warnings += try agent.readIdentity(environment)
        if let port = pod.settings.adminPort { agent.admin.port = port }
        agent.concurrency = flags.concurrency ?? pod.settings.concurrency ?? cores(environment)
        if agent.concurrency < 0 { agent.concurrency = 0 }
        agent.drainDuration = pod.settings.drainDuration ?? agent.drainDuration
        agent.terminationDrainDuration =
            environment["TERMINATION_DRAIN_DURATION_SECONDS"].flatMap(Duration.init(setting:))
            ?? pod.settings.terminationDrainDuration ?? agent.terminationDrainDuration
        agent.shutdown = .afterDrain
        if ["true", "1"].contains(environment["EXIT_ON_ZERO_ACTIVE_CONNECTIONS"] ?? "") {
            let minimum = environment["MINIMUM_DRAIN_DURATION"].flatMap(Duration.init(setting:)) ?? .seconds(5)
            agent.shutdown = .zeroConnections(minimum: minimum)
        }
        var ports = AgentConfiguration.PodPorts()
        if let port = pod.settings.statusPort.flatMap(UInt16.init(exactly:)) { ports.agent = port }
        agent.podPorts = ports
        agent.logLevel = flags.proxyLogLevel
        agent.componentLogLevel = flags.componentLogLevel
        if !flags.isEnvoy, !["", "misc:error"].contains(flags.componentLogLevel) {
            warnings.append("--proxyComponentLogLevel (the Swift engine has no components)")
        }
        warnings += flags.others.filter { $0.first == "-" }.map { String($0.prefix { $0 != "=" }) }
        let ignored = ignoredVariables.filter { !(environment[$0] ?? "").isEmpty }
        if !ignored.isEmpty { warnings.append("environment \(ignored.joined(separator: ", "))") }
        if ["true", "1"].contains(environment["ISTIO_META_DNS_CAPTURE"] ?? "") {
            warnings.append(
                "ISTIO_META_DNS_CAPTURE: names are asked of the pod's server; those of the mesh alone are not known"
            )
        }
        return PodConfiguration(agent: agent, warnings: warnings)
    }

    private static func discovery(_ settings: ProxySettings) throws(AgentConfigurationError) -> HostPort {
        let text = settings.discoveryAddress ?? "istiod.istio-system.svc:15012"
        guard let address = HostPort(text) else { throw .discoveryAddress(text) }
        return address
    }

    // The downward API rounds up to whole cores.
    private static func cores(_ environment: ProxyEnvironment) -> Int {
        guard let text = environment["ISTIO_CPU_LIMIT"], let cores = Int(text), cores > 0 else { return 0 }
        return cores
    }

    /// Where Envoy's bootstrap is written: the pod's volume for it, else the folder for temporary files.
    package static func bootstrapFolder(_ environment: ProxyEnvironment) -> String {
        let volume = "/etc/istio/proxy"
        return access(volume, W_OK) == 0 ? volume : environment["TMPDIR"] ?? "/tmp"
    }
}
