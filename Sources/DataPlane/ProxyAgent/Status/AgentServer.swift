internal import EnvoyAPI
package import Logging
internal import NIOCore
internal import NIOPosix
internal import ProxyAdmin
package import ProxyIdentity

/// The agent beside an engine: serves the pod's status ports while the engine runs.
package struct AgentServer: Sendable {
    private let pages: AgentPages
    private let channels: [any Channel]

    /// What the server needs to know.
    package struct Settings: Sendable {
        /// Of which the admin address, the node and the pod's ports are used.
        package var agent: AgentConfiguration
        /// `ISTIO_KUBE_APP_PROBERS`.
        package var probers: String?
        /// `ISTIO_PROMETHEUS_ANNOTATIONS`.
        package var metrics: String?
        /// The pod's address, where applications are probed.
        package var address: String
        /// Shown by `/debug`.
        package var engine: String
        /// Without the first certificate of which the pod is not ready, and whose counts are shown.
        package var identity: IdentityService

        package init(agent: AgentConfiguration, address: String, engine: String, identity: IdentityService) {
            self.agent = agent
            self.identity = identity
            self.address = address
            self.engine = engine
        }
    }

    /// Binds the agent's port on all addresses, and the probes' port too where `servesStatus` says that no engine does.
    ///
    /// - Throws: when a port cannot be bound.
    package static func start(
        _ settings: Settings,
        ending: AgentEnding,
        servesStatus: Bool,
        logger: Logger
    ) async throws -> AgentServer {
        let ports = settings.agent.podPorts ?? AgentConfiguration.PodPorts()
        let admin = EngineAdmin(settings.agent.admin)
        let pages = AgentPages(
            admin: admin,
            statistics: StatisticsMerge(
                admin: admin,
                application: settings.metrics.flatMap { ApplicationMetrics($0) },
                identity: IdentityStatistics(settings.identity)
            ),
            probes: probes(settings.probers, logger),
            runner: ProbeRunner(
                address: settings.address,
                source: settings.address.contains(":") ? "::6" : "127.0.0.6"
            ),
            ending: ending,
            nodeID: settings.agent.node.id,
            discovery: settings.agent.discovery,
            engine: settings.engine,
            secrets: settings.identity.publisher
        )
        let server = AgentServer(pages: pages, channels: [])
        do {
            return try await server.bound(settings.agent.wildcard, ports, servesStatus)
        } catch {
            logger.error("the agent's port cannot be bound", metadata: ["port": "\(ports.agent)"])
            await server.stop()
            throw error
        }
    }

    private func bound(
        _ wildcard: String,
        _ ports: AgentConfiguration.PodPorts,
        _ servesStatus: Bool
    ) async throws -> AgentServer {
        let group = MultiThreadedEventLoopGroup.singleton
        let pages = pages
        let agent = try await AdminServer.start(host: wildcard, port: Int(ports.agent), group: group) {
            await pages.answer($0)
        }
        guard servesStatus else { return AgentServer(pages: pages, channels: [agent]) }
        do {
            let status = try await AdminServer.start(host: wildcard, port: Int(ports.status), group: group) {
                $0.path == "/healthz/ready" ? await pages.readiness() : AdminResponse(status: 404, body: "\n")
            }
            return AgentServer(pages: pages, channels: [agent, status])
        } catch {
            try? await agent.close()
            throw error
        }
    }

    /// Closes the ports.
    package func stop() async {
        for channel in channels { try? await channel.close() }
        await pages.runner.stop()
    }

    private static func probes(_ text: String?, _ logger: Logger) -> [String: ApplicationProbe] {
        guard let text, !text.isEmpty else { return [:] }
        do {
            let (probes, unread) = try ApplicationProbe.all(text)
            if !unread.isEmpty { logger.warning("probes not understood", metadata: ["paths": "\(unread)"]) }
            return probes
        } catch {
            logger.warning("ISTIO_KUBE_APP_PROBERS is not JSON", metadata: ["reason": "\(error)"])
            return [:]
        }
    }
}
