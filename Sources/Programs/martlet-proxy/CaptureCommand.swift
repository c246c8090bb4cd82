import ArgumentParser
import Logging
import ProxyAgent

/// `istio-iptables`: what the init container of an injected pod runs.
struct CaptureCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "istio-iptables",
        abstract: "Sets the rules that lead a pod's traffic through its proxy.",
        discussion: """
            Also read: ISTIO_META_DNS_CAPTURE, INVALID_DROP, ISTIO_OUTBOUND_OWNER_GROUPS, \
            ISTIO_OUTBOUND_OWNER_GROUPS_EXCLUDE, ISTIO_OUTBOUND_IPV4_LOOPBACK_CIDR.
            """
    )

    /// Flags without a value, which Go's programs also take with one.
    static let switches: Set<String> = [
        "redirect-dns", "capture-all-dns", "drop-invalid", "dual-stack", "skip-rule-apply", "run-validation",
        "cni-mode",
        "force-apply", "reconcile", "cleanup-only", "native-nftables", "dry-run", "log_as_json", "log_caller",
    ]

    @Option(name: [.customShort("p"), .customLong("envoy-port")], help: "Where outbound traffic goes.")
    var outboundPort = "15001"

    @Option(name: [.customShort("z"), .customLong("inbound-capture-port")], help: "Where inbound traffic goes.")
    var inboundPort = "15006"

    @Option(name: [.customShort("e"), .customLong("inbound-tunnel-port")], help: "The HBONE port.")
    var tunnelPort = "15008"

    @Option(name: [.customShort("u"), .customLong("proxy-uid")], help: "Users whose traffic is the proxy's.")
    var users = "1337"

    @Option(name: [.customShort("g"), .customLong("proxy-gid")], help: "Groups of the same; as -u by default.")
    var groups = ""

    @Option(
        name: [.customShort("m"), .customLong("istio-inbound-interception-mode")],
        help: "REDIRECT, TPROXY or NONE."
    )
    var mode = "REDIRECT"

    @Option(name: [.customShort("b"), .customLong("istio-inbound-ports")], help: "Inbound ports captured, or *.")
    var inboundPorts = ""

    @Option(name: [.customShort("d"), .customLong("istio-local-exclude-ports")], help: "With -b *: ports left alone.")
    var excludedInboundPorts = ""

    @Option(name: [.customShort("i"), .customLong("istio-service-cidr")], help: "Outbound ranges captured, or *.")
    var ranges = ""

    @Option(name: [.customShort("x"), .customLong("istio-service-exclude-cidr")], help: "Outbound ranges left alone.")
    var excludedRanges = ""

    @Option(name: [.customShort("q"), .customLong("istio-outbound-ports")], help: "Outbound ports captured anyway.")
    var outboundPorts = ""

    @Option(
        name: [.customShort("o"), .customLong("istio-local-outbound-ports-exclude")],
        help: "Outbound ports left alone."
    )
    var excludedOutboundPorts = ""

    @Option(name: [.customShort("k"), .customLong("kube-virt-interfaces")], help: "Interfaces of virtual machines.")
    var virtualInterfaces = ""

    @Option(name: [.customShort("c"), .customLong("istio-exclude-interfaces")], help: "Interfaces left alone.")
    var excludedInterfaces = ""

    @Option(name: [.customShort("t"), .customLong("istio-inbound-tproxy-mark")], help: "TPROXY: the packets' mark.")
    var mark = "1337"

    @Option(name: [.customShort("r"), .customLong("istio-inbound-tproxy-route-table")], help: "TPROXY: the table.")
    var routeTable = "133"

    @Option(help: "The port the validation asks for.")
    var iptablesProbePort = "15002"

    @Option(help: "How long the validation tries.")
    var probeTimeout = "5s"

    @Option(help: "The path of another network namespace.")
    var networkNamespace = ""

    @Option(help: "nft or legacy instead of the system's default.")
    var forceIptablesBinary = ""

    @Flag(help: "DNS goes to the agent.")
    var redirectDns = false

    @Flag(help: "With --redirect-dns: whatever server is asked.")
    var captureAllDns = false

    @Flag(help: "Drops packets that conntrack finds invalid.")
    var dropInvalid = false

    @Flag(help: "Sets nothing.")
    var skipRuleApply = false

    @Flag(help: "Proves that capture works.")
    var runValidation = false

    @Flag(help: "Takes the rules out.")
    var cleanupOnly = false

    @Flag(help: "Prints the rules and sets nothing.")
    var dryRun = false

    // What these ask for is always so: IPv6 wherever the kernel has it, and rules set anew in one transaction.
    @Flag(help: .hidden) var dualStack = false
    @Flag(help: .hidden) var forceApply = false
    @Flag(help: .hidden) var reconcile = false
    @Flag(help: .hidden) var cniMode = false

    @Option(name: .customLong("log_output_level"), help: "SCOPE:LEVEL,...")
    var logOutputLevel = "default:info"

    @Argument(parsing: .allUnrecognized, help: .hidden)
    var others: [String] = []

    func run() async throws {
        let level = LogLevel(scopes: logOutputLevel).level
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = level
            return handler
        }
        let logger = Logger(label: "istio-iptables")
        for name in others where name.hasPrefix("-") {
            logger.warning("not acted on", metadata: ["flag": "\(name)"])
        }
        let options = try options()
        if dryRun {
            for isIPv6 in [false, true] {
                print("# \(isIPv6 ? "ip6tables" : "iptables")-restore")
                print(CaptureRules(options, isIPv6: isIPv6).restoreText, terminator: "")
            }
            return
        }
        let probe = try CaptureOptions.port(iptablesProbePort, of: "--iptables-probe-port")
        guard let timeout = Duration(setting: probeTimeout) else {
            throw ValidationError("--probe-timeout '\(probeTimeout)' is not a duration such as 5s")
        }
        let installer = CaptureInstaller(
            options: options,
            networkNamespace: networkNamespace.isEmpty ? nil : networkNamespace,
            variant: try variant,
            logger: logger
        )
        if cleanupOnly { return try await installer.cleanUp() }
        if !skipRuleApply { try await installer.apply() }
        if runValidation {
            try CaptureValidation(options: options, probePort: probe, timeout: timeout, logger: logger).run()
        }
    }

    private var variant: String? {
        get throws {
            guard !forceIptablesBinary.isEmpty else { return nil }
            guard ["nft", "legacy"].contains(forceIptablesBinary) else {
                throw ValidationError("--force-iptables-binary '\(forceIptablesBinary)' is neither nft nor legacy")
            }
            return forceIptablesBinary
        }
    }

    private func options() throws -> CaptureOptions {
        let environment = ProxyEnvironment.current
        func isSet(_ name: String) -> Bool { ["true", "1", "TRUE", "True"].contains(environment[name] ?? "") }
        guard let mode = CaptureOptions.Mode(rawValue: mode) else {
            throw ValidationError("-m '\(mode)' is none of REDIRECT, TPROXY and NONE")
        }
        var options = CaptureOptions()
        options.mode = mode
        options.outboundPort = try CaptureOptions.port(outboundPort, of: "-p")
        options.inboundPort = try CaptureOptions.port(inboundPort, of: "-z")
        options.tunnelPort = try CaptureOptions.port(tunnelPort, of: "-e")
        options.proxyUsers = try CaptureOptions.owners(users.isEmpty ? "1337" : users, of: "-u")
        options.proxyGroups = try CaptureOptions.owners(groups.isEmpty ? users : groups, of: "-g")
        options.inboundPorts = try CaptureOptions.ports(inboundPorts, of: "-b")
        options.excludedInboundPorts = try CaptureOptions.portList(excludedInboundPorts, of: "-d")
        options.outboundRanges = try CaptureOptions.ranges(ranges, of: "-i")
        options.excludedOutboundRanges = try CaptureOptions.rangeList(excludedRanges, of: "-x")
        options.outboundPorts = try CaptureOptions.portList(outboundPorts, of: "-q")
        options.excludedOutboundPorts = try CaptureOptions.portList(excludedOutboundPorts, of: "-o")
        options.virtualInterfaces = try CaptureOptions.interfaces(virtualInterfaces, of: "-k")
        options.excludedInterfaces = try CaptureOptions.interfaces(excludedInterfaces, of: "-c")
        options.mark = try CaptureOptions.number(mark, of: "-t")
        options.routeTable = try CaptureOptions.number(routeTable, of: "-r")
        options.redirectsDNS = redirectDns || isSet("ISTIO_META_DNS_CAPTURE")
        options.capturesAllDNS = captureAllDns
        options.dropsInvalid = dropInvalid || isSet("INVALID_DROP")
        options.ownerGroups = try CaptureOptions.ownerGroups(
            included: environment["ISTIO_OUTBOUND_OWNER_GROUPS"] ?? "*",
            excluded: environment["ISTIO_OUTBOUND_OWNER_GROUPS_EXCLUDE"] ?? ""
        )
        if let text = environment["ISTIO_OUTBOUND_IPV4_LOOPBACK_CIDR"], !text.isEmpty {
            guard let range = AddressRange(text), !range.isIPv6 else {
                throw ValidationError("ISTIO_OUTBOUND_IPV4_LOOPBACK_CIDR '\(text)' is not an IPv4 CIDR")
            }
            options.loopback = range
        }
        if options.redirectsDNS, !options.capturesAllDNS {
            let text = (try? ProxyEnvironment.text("@/etc/resolv.conf")) ?? ""
            options.nameServers = AddressRange.nameServers(ofResolvConf: text)
        }
        return options
    }
}
