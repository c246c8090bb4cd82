/// The rules that capture a pod's traffic: options in, the text for `iptables-restore` out.
///
/// Chains, their order and the order of rules in them are Istio's (`tools/istio-iptables`), so that what users know of
/// `iptables-save` in a sidecar pod holds here.
package struct CaptureRules: Sendable, Equatable {
    /// A table of netfilter.
    enum Table: String, Sendable, CaseIterable { case nat, mangle, raw }

    /// A chain that is ours; everything else belongs to the kernel.
    enum Chain: String, Sendable, CaseIterable {
        case inbound = "ISTIO_INBOUND"
        case redirect = "ISTIO_REDIRECT"
        case inRedirect = "ISTIO_IN_REDIRECT"
        case output = "ISTIO_OUTPUT"
        case outputDNS = "ISTIO_OUTPUT_DNS"
        case divert = "ISTIO_DIVERT"
        case tproxy = "ISTIO_TPROXY"
    }

    /// One rule: where it stands and what it says.
    struct Rule: Sendable, Equatable {
        var table: Table
        var chain: String
        var text: String
        /// At the head of a chain of the kernel's.
        var isFirst = false

        var line: String { isFirst ? "-I \(chain) 1 \(text)" : "-A \(chain) \(text)" }
    }

    let isIPv6: Bool
    private(set) var rules: [Rule] = []

    /// The rules for one family of addresses.
    package init(_ options: CaptureOptions, isIPv6: Bool) {
        self.isIPv6 = isIPv6
        guard options.mode != .none else { return }
        addInterfaces(options)
        addInbound(options)
        addOutbound(options)
        if options.redirectsDNS { addDNS(options) }
        if options.mode == .tproxy { addMarks(options) }
    }

    mutating func append(_ table: Table, _ chain: Chain, _ text: String) {
        rules.append(Rule(table: table, chain: chain.rawValue, text: text))
    }

    /// Adds to a chain of the kernel's.
    mutating func append(_ table: Table, _ chain: String, _ text: String, isFirst: Bool = false) {
        rules.append(Rule(table: table, chain: chain, text: text, isFirst: isFirst))
    }

    /// The chains of ours that a table needs, in fixed order.
    func chains(of table: Table) -> [Chain] {
        let members = rules.filter { $0.table == table }
        return Chain.allCases.filter { chain in
            members.contains { $0.chain == chain.rawValue || $0.text.hasSuffix("-j \(chain.rawValue)") }
        }
    }

    /// All of it for `iptables-restore --noflush` into tables that have nothing of ours.
    package var restoreText: String { restoreText(replacing: CapturePresence()) }

    /// The same, taking away in the same transaction what `present` says is there of ours.
    ///
    /// Rules of the kernel's chains that lead nowhere of ours are known by `known`, these rules themselves by default.
    func restoreText(replacing present: CapturePresence, knowing known: CaptureRules? = nil) -> String {
        var text = ""
        for table in Table.allCases {
            let members = rules.filter { $0.table == table }
            let old = present.removal(from: table, knowing: (known ?? self).rules.filter { $0.table == table })
            let new = chains(of: table)
            let stale = present.chains(of: table).filter { name in !new.contains { $0.rawValue == name } }
            guard !members.isEmpty || !old.isEmpty || !stale.isEmpty else { continue }
            text += "*\(table.rawValue)\n"
            // Declaring a chain that is there empties it.
            for name in new.map(\.rawValue) + stale { text += ":\(name) - [0:0]\n" }
            for rule in old { text += rule + "\n" }
            for name in stale { text += "-X \(name)\n" }
            for rule in members { text += rule.line + "\n" }
            text += "COMMIT\n"
        }
        return text
    }

    private mutating func addInterfaces(_ options: CaptureOptions) {
        let tables: [Table] = options.mode == .tproxy ? [.nat, .mangle] : [.nat]
        for table in tables {
            for interface in options.excludedInterfaces {
                append(table, "PREROUTING", "-i \(interface) -j RETURN")
                append(table, "OUTPUT", "-o \(interface) -j RETURN")
            }
        }
        for interface in options.virtualInterfaces {
            append(.nat, "PREROUTING", "-i \(interface) -j RETURN", isFirst: true)
        }
        if options.dropsInvalid {
            append(.mangle, "PREROUTING", "-m conntrack --ctstate INVALID -j DROP")
        }
    }

    private mutating func addInbound(_ options: CaptureOptions) {
        append(.nat, .inbound, "-p tcp --dport \(options.tunnelPort) -j RETURN")
        append(.nat, .redirect, "-p tcp -j REDIRECT --to-ports \(options.outboundPort)")
        append(.nat, .inRedirect, "-p tcp -j REDIRECT --to-ports \(options.inboundPort)")
        guard options.inboundPorts != .only([]) else { return }
        let isTransparent = options.mode == .tproxy
        let table: Table = isTransparent ? .mangle : .nat
        if isTransparent {
            append(.mangle, .divert, "-j MARK --set-mark \(options.mark)")
            append(.mangle, .divert, "-j ACCEPT")
            let target = "TPROXY --tproxy-mark \(options.mark)/0xffffffff --on-port \(options.inboundPort)"
            append(.mangle, .tproxy, "! -d \(loopback) -p tcp -j \(target)")
        }
        append(table, "PREROUTING", "-p tcp -j ISTIO_INBOUND")
        if isTransparent { addLoopGuards(options) }
        switch options.inboundPorts {
        case .all:
            for port in options.excludedInboundPorts { append(table, .inbound, "-p tcp --dport \(port) -j RETURN") }
            addCapture("-p tcp", table)
        case .only(let ports):
            for port in ports { addCapture("-p tcp --dport \(port)", table) }
        }
    }

    private mutating func addCapture(_ match: String, _ table: Table) {
        if table == .mangle {
            // What belongs to an established connection goes to its socket, whatever its port.
            append(table, .inbound, "\(match) -m conntrack --ctstate RELATED,ESTABLISHED -j ISTIO_DIVERT")
            append(table, .inbound, "\(match) -j ISTIO_TPROXY")
        } else {
            append(table, .inbound, "\(match) -j ISTIO_IN_REDIRECT")
        }
    }

    // Before everything else in the chain: marked already, from the proxy to the application, within the application.
    private mutating func addLoopGuards(_ options: CaptureOptions) {
        append(.mangle, .inbound, "-p tcp -m mark --mark \(options.mark) -j RETURN")
        append(.mangle, .inbound, "-p tcp -s \(passthroughSource) -i lo -j RETURN")
        append(.mangle, .inbound, "-p tcp -i lo -m mark ! --mark \(options.mark &+ 1) -j RETURN")
    }

    // A connection's mark follows its packets, so that answers find the local route too.
    private mutating func addMarks(_ options: CaptureOptions) {
        append(.mangle, "PREROUTING", "-p tcp -m mark --mark \(options.mark) -j CONNMARK --save-mark")
        append(.mangle, "OUTPUT", "-p tcp -m connmark --mark \(options.mark) -j CONNMARK --restore-mark")
    }

    var loopback: String { isIPv6 ? "::1/128" : "127.0.0.1/32" }

    /// What the proxy binds to when it passes inbound connections on as they came.
    var passthroughSource: String { isIPv6 ? Self.passthroughSourceV6 : "127.0.0.6/32" }

    static let passthroughSourceV6 = "::6/128"
}
