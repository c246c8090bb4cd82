package import MeshConfig

/// What a router listens for: the servers of all Gateways that select it, merged by port (Istio `MergedGateway`).
package struct MergedGateway: Sendable, Hashable {
    /// A server of a Gateway.
    package struct Member: Sendable, Hashable {
        /// Gateway that has it.
        package var gateway: ObjectKey
        /// Port as the Gateway writes it: often a Service's, whose target port is listened on.
        package var port: UInt32
        /// Hosts it exposes.
        package var hosts: [GatewayHost]
        /// What it speaks.
        package var `protocol`: PortProtocol
        /// Name of the port.
        package var portName: String
        /// Address as the Gateway writes it; empty for none.
        package var bind: String
        /// TLS of the server; nil for none.
        package var tls: ServerTLSSettings?

        /// Whether plain HTTP is answered with a redirect to HTTPS.
        package var redirectsToHTTPS: Bool { tls?.httpsRedirect ?? false }

        /// Whether TLS goes on to whoever the caller names, unopened (Istio `IsPassThroughServer`).
        package var passesThrough: Bool { tls?.mode == .passthrough || tls?.mode == .autoPassthrough }

        /// Name of its own route configuration, where it terminates HTTPS (Istio `gatewayRDSRouteName`); nil elsewhere.
        package var secureRouteName: String? {
            guard `protocol` == .https, tls != nil, !passesThrough else { return nil }
            let name = "https.\(port).\(portName).\(gateway.name).\(gateway.namespace)"
            return bind.isEmpty ? name : "\(name).\(bind)"
        }

        /// How VirtualServices name the Gateway: `namespace/name`.
        package var gatewayName: String { "\(gateway.namespace)/\(gateway.name)" }
    }

    /// A port listened on and the servers that share it.
    package struct Port: Sendable, Hashable {
        /// Port number, 1...65535.
        package var number: UInt32
        /// Address or `unix:///path` listened on; empty for every address.
        package var bind: String
        /// Protocol of the first server.
        package var `protocol`: PortProtocol
        /// Servers, those of the oldest Gateway first; never empty.
        package var members: [Member]

        /// Name of its route configuration (Istio `gatewayRDSRouteName`).
        package var routeName: String { bind.isEmpty ? "http.\(number)" : "http.\(number).\(bind)" }
        /// Whether requests without TLS are routed.
        package var isPlainHTTP: Bool { `protocol`.isHTTP }
        /// Whether servers are told apart by the name a caller asks for before it is encrypted.
        package var isSecured: Bool { `protocol`.isSecured }
    }

    /// Ports in the order in which the Gateways bring them.
    package private(set) var ports: [Port] = []

    /// No ports.
    package init() {}

    /// Whether every server takes requests, so that nothing else goes on from here.
    package var takesOnlyHTTP: Bool {
        ports.allSatisfy { port in port.isPlainHTTP || port.members.allSatisfy { $0.secureRouteName != nil } }
    }

    /// TLS of all servers.
    package var tlsSettings: [ServerTLSSettings] { ports.flatMap(\.members).compactMap(\.tls) }

    /// Names of the Gateways that have a server in some port, as VirtualServices name them, in order.
    package var gatewayNames: [String] {
        var seen: Set<String> = []
        return ports.flatMap(\.members).map(\.gatewayName).filter { seen.insert($0).inserted }
    }
}

extension MergedGateway {
    /// Merges Gateways, the first of which wins where servers collide (Istio `mergeGateways`).
    ///
    /// `targetPorts` translates ports of the router's own Services; a port that is none of theirs is listened on as
    /// written. Servers of one port and address share it when all are plain HTTP or all are TLS; a host may have TLS
    /// settings once. The diagnostics name every server that loses.
    package static func merging(
        _ gateways: [Resource<Gateway>],
        targetPorts: [UInt32: UInt32]
    ) -> (gateway: MergedGateway, diagnostics: [ModelDiagnostic]) {
        var draft = GatewayMerging(targetPorts: targetPorts)
        for gateway in gateways { draft.add(gateway) }
        return (MergedGateway(ports: draft.ports), draft.diagnostics)
    }

    private init(ports: [Port]) {
        self.ports = ports
    }
}

/// The state of one merge.
private struct GatewayMerging {
    private struct Place: Hashable {
        var number: UInt32
        var bind: String
    }

    private struct SecuredHost: Hashable {
        var place: Place
        var host: GatewayHost
    }

    let targetPorts: [UInt32: UInt32]
    private(set) var ports: [MergedGateway.Port] = []
    private(set) var diagnostics: [ModelDiagnostic] = []
    private var indexes: [Place: Int] = [:]
    private var secured: [SecuredHost: ObjectKey] = [:]

    init(targetPorts: [UInt32: UInt32]) {
        self.targetPorts = targetPorts
    }

    mutating func add(_ gateway: Resource<Gateway>) {
        let key = ObjectKey(kind: .gateway, namespace: gateway.namespace, name: gateway.name)
        for server in gateway.spec.servers {
            guard let written = server.port, (1...65535).contains(written.number) else { continue }
            let isEveryAddress = server.bind == "0.0.0.0" || server.bind == "::"
            let place = Place(
                number: targetPorts[written.number] ?? written.number,
                bind: isEveryAddress ? "" : server.bind
            )
            let member = MergedGateway.Member(
                gateway: key,
                port: written.number,
                hosts: server.hosts.map { GatewayHost($0, gatewayNamespace: key.namespace) },
                protocol: PortProtocol(name: written.protocol),
                portName: written.name,
                bind: server.bind,
                tls: server.tls
            )
            if let loss = add(member, at: place) {
                let name = server.name.isEmpty ? written.name : server.name
                diagnostics.append(
                    ModelDiagnostic(
                        .gatewayServerConflict,
                        object: key,
                        location: server.source ?? gateway.metadata.source,
                        message: "server \(name) (port \(written.number), \(written.protocol)) is ignored: \(loss)"
                    )
                )
            }
        }
    }

    /// Adds a server; else why it is left out.
    private mutating func add(
        _ member: MergedGateway.Member,
        at place: Place
    ) -> String? {
        let `protocol` = member.protocol
        if member.tls != nil {
            let wanted = member.hosts.map { SecuredHost(place: place, host: $0) }
            for host in wanted {
                guard let owner = secured[host] else { continue }
                return "\(owner) already has TLS settings for host \(host.host.host) on port \(place.number)"
            }
            for host in wanted { secured[host] = member.gateway }
        }
        guard let index = indexes[place] else {
            indexes[place] = ports.count
            ports.append(
                MergedGateway.Port(number: place.number, bind: place.bind, protocol: `protocol`, members: [member])
            )
            return nil
        }
        let current = ports[index].protocol
        let areBothTLS = current.isSecured && `protocol`.isSecured
        guard areBothTLS || (current.isHTTP && `protocol`.isHTTP) else {
            let owner = ports[index].members.first?.gateway.description ?? "another Gateway"
            return "\(owner) already serves \(current.rawValue) on port \(place.number)"
        }
        ports[index].members.append(member)
        return nil
    }
}

extension PortProtocol {
    /// Whether servers of the port are told apart by the name a client asks for before it is encrypted.
    fileprivate var isSecured: Bool { self == .https || self == .tls }
}
