/// The chain that everything sent from the pod runs through.
extension CaptureRules {
    static let dnsPort: UInt16 = 15053

    mutating func addOutbound(_ options: CaptureOptions) {
        append(.nat, "OUTPUT", "-j ISTIO_OUTPUT")
        for port in options.excludedOutboundPorts { append(.nat, .output, "-p tcp --dport \(port) -j RETURN") }
        append(.nat, .output, "-o lo -s \(passthroughSource) -j RETURN")
        for user in options.proxyUsers { addOwner("--uid-owner \(user)", options) }
        for group in options.proxyGroups { addOwner("--gid-owner \(group)", options) }
        addOwnerGroups(options.ownerGroups)
        if options.redirectsDNS { append(.nat, .output, "-j ISTIO_OUTPUT_DNS") }
        if !options.hasLoopbackRange {
            append(.nat, .output, "-d \(isIPv6 ? loopback : options.loopback.text) -j RETURN")
        }
        for range in options.excludedOutboundRanges where range.isIPv6 == isIPv6 {
            append(.nat, .output, "-d \(range.text) -j RETURN")
        }
        for port in options.outboundPorts { append(.nat, .output, "-p tcp --dport \(port) -j ISTIO_REDIRECT") }
        switch options.outboundRanges {
        case .all:
            append(.nat, .output, "-j ISTIO_REDIRECT")
            for interface in options.virtualInterfaces {
                append(.nat, "PREROUTING", "-i \(interface) -j ISTIO_REDIRECT", isFirst: true)
            }
        case .only(let ranges):
            for range in ranges where range.isIPv6 == isIPv6 {
                for interface in options.virtualInterfaces {
                    append(.nat, "PREROUTING", "-i \(interface) -d \(range.text) -j ISTIO_REDIRECT", isFirst: true)
                }
                append(.nat, .output, "-d \(range.text) -j ISTIO_REDIRECT")
            }
        }
    }

    private mutating func addOwner(_ owner: String, _ options: CaptureOptions) {
        // The application that calls itself by its service: the proxy's way out meets the proxy's way in. Not for a
        // tunnel, nor for what a local DNS server is asked.
        let ports = options.redirectsDNS ? "53,\(options.tunnelPort)" : "\(options.tunnelPort)"
        let match = options.redirectsDNS ? "-m multiport ! --dports \(ports)" : "! --dport \(ports)"
        append(.nat, .output, "-o lo ! -d \(loopback) -p tcp \(match) -m owner \(owner) -j ISTIO_IN_REDIRECT")
        // The application that calls itself by its address stays alone with itself.
        if !options.hasLoopbackRange {
            let besides = options.redirectsDNS ? "-p tcp ! --dport 53 " : ""
            append(.nat, .output, "-o lo \(besides)-m owner ! \(owner) -j RETURN")
        }
        append(.nat, .output, "-m owner \(owner) -j RETURN")
    }

    private mutating func addOwnerGroups(_ groups: CaptureOptions.OwnerGroups) {
        switch groups {
        case .all: break
        case .except(let names):
            for name in names { append(.nat, .output, "-m owner --gid-owner \(name) -j RETURN") }
        case .only(let names):
            let isNone = names.map { "-m owner ! --gid-owner \($0)" }.joined(separator: " ")
            append(.nat, .output, "\(isNone) -j RETURN")
        }
    }

    /// Asks of the pod's name servers go to the agent; both ways have conntrack zones of their own, because the answer
    /// of the real server comes from the address that the application asked.
    mutating func addDNS(_ options: CaptureOptions) {
        let owners =
            options.proxyUsers.map { "--uid-owner \($0)" } + options.proxyGroups.map { "--gid-owner \($0)" }
        let servers = options.nameServers.filter { $0.isIPv6 == isIPv6 }.map(\.text)
        let agent = "REDIRECT --to-ports \(Self.dnsPort)"
        for owner in owners { append(.nat, .outputDNS, "-p udp --dport 53 -m owner \(owner) -j RETURN") }
        for transport in ["tcp", "udp"] {
            if options.capturesAllDNS {
                append(.nat, .outputDNS, "-p \(transport) --dport 53 -j \(agent)")
            } else {
                for server in servers {
                    append(.nat, .outputDNS, "-p \(transport) --dport 53 -d \(server) -j \(agent)")
                }
            }
        }
        append(.raw, "OUTPUT", "-j ISTIO_OUTPUT_DNS")
        for owner in owners {
            append(.raw, .outputDNS, "-p udp --dport 53 -m owner \(owner) -j CT --zone 1")
            append(.raw, .outputDNS, "-p udp --sport \(Self.dnsPort) -m owner \(owner) -j CT --zone 2")
        }
        append(.raw, "PREROUTING", "-j ISTIO_INBOUND")
        if options.capturesAllDNS {
            append(.raw, .outputDNS, "-p udp --dport 53 -j CT --zone 2")
            append(.raw, .inbound, "-p udp --sport 53 -j CT --zone 1")
        } else {
            for server in servers {
                append(.raw, .outputDNS, "-p udp --dport 53 -d \(server) -j CT --zone 2")
                append(.raw, .inbound, "-p udp --sport 53 -s \(server) -j CT --zone 1")
            }
        }
    }
}
