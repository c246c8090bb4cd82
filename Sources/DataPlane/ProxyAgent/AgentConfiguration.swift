package import EnvoyAPI
package import ProxyIdentity
internal import SwiftProtobuf

/// What the agent was told by flags and environment: who the proxy is, whom it asks and how it ends.
///
/// Read once by the program and handed down; the same for either engine.
package struct AgentConfiguration: Sendable {
    /// Who the proxy is; `id` is `TYPE~IP~POD.NAMESPACE~DOMAIN` as Istio writes it.
    package var node: Envoy_Config_Core_V3_Node
    /// Where the control plane serves ADS.
    package var discovery: HostPort
    /// How ``discovery`` is reached by TLS; nil is in plain text.
    package var discoveryTLS: ControlPlaneAddress?
    /// Where the workload's identity comes from.
    package var identity = IdentitySource.none
    /// Where the admin interface listens.
    package var admin: HostPort
    /// Worker threads; 0 is one for each core.
    package var concurrency: Int
    /// How long connections may take to end once their listener is going (`drainDuration`).
    package var drainDuration: Duration
    /// How long a SIGTERM waits before the engine ends (`terminationDrainDuration`).
    package var terminationDrainDuration: Duration
    /// When the engine ends after it was asked to.
    package var shutdown = ShutdownPolicy.whenIdle
    /// The least severe level logged, by swift-log's name.
    package var logLevel: String
    /// `--component-log-level` of Envoy.
    package var componentLogLevel: String?
    /// Ports of the pod's contract that a real Envoy serves by listeners of its own; nil is none.
    package var podPorts: PodPorts?

    /// The ID of ``node``.
    package var nodeID: String { node.id }

    /// Whether this is no pod's sidecar but a `router`, all of whose connections come from outside.
    package var isGateway: Bool { nodeID.hasPrefix("router~") }

    /// What the pod's ports listen on: every address of the pod's family, and of IPv4 too where that is IPv6.
    package var wildcard: String {
        let parts = nodeID.split(separator: "~", omittingEmptySubsequences: false)
        return parts.count > 1 && parts[1].contains(":") ? "::" : "0.0.0.0"
    }

    /// Whether the proxy shall know its like, by which zones are weighed (Istio's metadata `ENABLE_SELF_DISCOVERY`).
    package var discoversItself: Bool {
        switch node.metadata.fields["ENABLE_SELF_DISCOVERY"]?.kind {
        case .stringValue(let text): text == "true"
        case .boolValue(let flag): flag
        default: false
        }
    }

    /// Takes over what the environment says of identity and of TLS to the control plane; returns what is not acted on.
    ///
    /// - Throws: `AgentConfigurationError` when it contradicts itself or makes no identity.
    package mutating func readIdentity(_ environment: ProxyEnvironment) throws(AgentConfigurationError) -> [String] {
        var reader = IdentityEnvironment(environment, node: node)
        (identity, discoveryTLS) = try reader.read(discovery)
        // The control plane must not ask for what this proxy cannot show: listeners would wait for it without end.
        if case .none = identity { node.metadata.fields["TLS_IDENTITY"] = .init(stringValue: "false") }
        return reader.warnings
    }

    /// When an engine that drains ends.
    package enum ShutdownPolicy: Sendable, Equatable {
        /// As soon as no connection is open, after the termination drain duration at the latest; nothing new is accepted.
        case whenIdle
        /// After the termination drain duration; until then what still arrives is served (Istio's default).
        case afterDrain
        /// After at least so long, as soon as no connection is open (`EXIT_ON_ZERO_ACTIVE_CONNECTIONS`).
        case zeroConnections(minimum: Duration)
    }

    /// Where the status of the pod is served.
    package struct PodPorts: Sendable, Equatable {
        /// `/healthz/ready` for probes.
        package var status: UInt16 = 15021
        /// `/stats/prometheus` of the proxy alone.
        package var statistics: UInt16 = 15090
        /// The agent's own server.
        package var agent: UInt16 = 15020

        package init() {}
    }

    package init(
        node: Envoy_Config_Core_V3_Node,
        discovery: HostPort,
        admin: HostPort = HostPort(host: "127.0.0.1", port: 15000),
        concurrency: Int = 0,
        drainDuration: Duration = .seconds(45),
        terminationDrainDuration: Duration = .seconds(5),
        logLevel: String = "info"
    ) {
        self.node = node
        self.discovery = discovery
        self.admin = admin
        self.concurrency = concurrency
        self.drainDuration = drainDuration
        self.terminationDrainDuration = terminationDrainDuration
        self.logLevel = logLevel
    }
}

/// A host name or address and a port, written `HOST:PORT` or `[IPV6]:PORT`.
package struct HostPort: Sendable, Equatable, CustomStringConvertible {
    package var host: String
    package var port: Int

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Reads `text`; `nil` when it has no port from 0 to 65535 or characters that no host has.
    package init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"),
            let port = UInt16(text[text.index(after: colon)...])
        else { return nil }
        var host = text[..<colon]
        if host.first == "[", host.last == "]" { host = host.dropFirst().dropLast() }
        let allowed = host.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"),
                UInt8(ascii: ":"), UInt8(ascii: "%"):
                true
            default:
                false
            }
        }
        guard allowed, !host.isEmpty else { return nil }
        self.init(host: String(host), port: Int(port))
    }

    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
