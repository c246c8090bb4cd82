internal import DiscoveryClient
internal import EnvoyAPI
package import Logging
internal import NIOCore
internal import NIOPosix
internal import ProxyAdmin
package import ProxyAgent
package import ProxyIdentity
internal import ProxySnapshot
internal import ProxyTLS
internal import SocketTransport
internal import Synchronization

/// Our own engine: workers fed by the discovery client, an admin interface, and an orderly end.
package struct SwiftEngine: Sendable {
    private let configuration: AgentConfiguration
    private let ports: StatusPorts
    private let logger: Logger
    private let level: SharedLogLevel
    /// The workload's certificate, the roots of peers and file secrets, by SDS name: what every TLS context of a snapshot
    /// that refers to `default`, `ROOTCA`, `file-cert:` or `file-root:` is made of.
    ///
    /// Somebody else runs the identity service that fills it. Read `identity.publisher.current`, subscribe for renewals, and say
    /// by `want(_:)` which file secrets a snapshot refers to; any thread.
    private let identity: IdentityService

    /// Ports on all addresses besides the admin interface; 0 is none.
    package struct StatusPorts: Sendable {
        /// `/healthz/ready` for probes (Istio: 15021).
        package var status: UInt16
        /// `/stats/prometheus` for scrapes (Istio: 15090).
        package var statistics: UInt16

        package init(status: UInt16 = 15021, statistics: UInt16 = 15090) {
            self.status = status
            self.statistics = statistics
        }
    }

    /// `level` is what the admin interface shows and moves; `logger` should follow it. `identity` is run by the caller.
    package init(
        configuration: AgentConfiguration,
        ports: StatusPorts = StatusPorts(),
        identity: IdentityService,
        logger: Logger,
        level: SharedLogLevel
    ) {
        self.configuration = configuration
        self.ports = ports
        self.identity = identity
        self.logger = logger
        self.level = level
    }

    /// Serves until `stop` yields, then drains; returns the exit code, 0.
    ///
    /// - Throws: when an address of the admin interface cannot be bound.
    package func run(until stop: AsyncStream<Void>) async throws -> Int32 {
        FileLimit.raise()
        KeptMemory.begin()
        // What flags and files needed of the program, serving does not.
        ProgramPages.giveBack()
        let cores = configuration.concurrency > 0 ? configuration.concurrency : System.coreCount
        let loops = try (0..<max(1, cores)).map { number in try SocketLoop(name: "worker-\(number)") }
        let logs = LogFileWriter()
        let logger = logger
        let feed = SecretFeed(identity.publisher)
        let fleet = try await WorkerFleet.start(
            on: loops,
            drainDuration: configuration.drainDuration,
            tls: feed.contexts,
            writeLog: { logs.write($0, $1) },
            reportFailure: { name, reason in
                logger.error("listener failed", metadata: ["listener": "\(name)", "reason": "\(reason)"])
            }
        )
        feed.whenRevoked { [weak fleet, contexts = feed.contexts] in fleet?.closeRevoked(by: contexts) }
        let state = EngineState()
        let adminGroup = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        var discovery = DiscoveryClientConfiguration(
            host: configuration.discovery.host,
            port: configuration.discovery.port,
            node: configuration.node
        )
        discovery.discoversItself = configuration.discoversItself
        let secrets = identity.publisher
        discovery.access = configuration.discoveryTLS.map { ControlPlaneAccess(address: $0, publisher: secrets) }
        discovery.secretFault = { $0.fault }
        if identity.wantsTrustBundle { discovery.trust = { [identity] in identity.trust($0) } }
        let client = DiscoveryClient(configuration: discovery, logger: logger)
        let admin = try await startAdmin(fleet, state, client, adminGroup)
        let resolver = HostResolver { fleet.resolve($0, $1) }
        let thread = ConfigurationThread()
        await thread.run { await serve(fleet, feed, state, client, resolver, until: stop) }
        await thread.stop()
        await resolver.stop()
        await fleet.stop()
        for channel in admin { try? await channel.close() }
        await logs.finish()
        for loop in loops { try? await loop.shutdownGracefully() }
        try? await adminGroup.shutdownGracefully()
        return 0
    }

    private func serve(
        _ fleet: WorkerFleet,
        _ feed: SecretFeed,
        _ state: EngineState,
        _ client: DiscoveryClient,
        _ resolver: HostResolver,
        until stop: AsyncStream<Void>
    ) async {
        await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                await client.run()
                return false
            }
            group.addTask {
                var warned: Set<ResourceWarning> = []
                var unserved: Set<String> = []
                for await snapshot in client.snapshots {
                    feed.follow(snapshot)
                    await resolver.prepare(snapshot, atMost: .seconds(1))
                    await fleet.publish(snapshot)
                    await resolver.follow(snapshot)
                    if state.publish(snapshot) { ProgramPages.giveBack() }
                    for line in UnservedFeatures.found(in: snapshot) where unserved.insert(line).inserted {
                        logger.warning("not acted on", metadata: ["what": "\(line)"])
                    }
                    for warning in client.status.warnings where warned.insert(warning).inserted {
                        logger.warning(
                            "not acted on",
                            metadata: [
                                "type": "\(warning.kind)", "name": "\(warning.name)", "reason": "\(warning.reason)",
                            ]
                        )
                    }
                }
                return false
            }
            group.addTask {
                for await _ in stop { break }
                return true
            }
            group.addTask {
                for await _ in state.quitRequests { break }
                return true
            }
            for await isEnd in group where isEnd { break }
            // Endpoints go on changing while a pod ends.
            await drain(fleet, state)
            group.cancelAll()
        }
    }

    /// Ends connections the way that the shutdown policy says, for the termination drain duration at most.
    private func drain(_ fleet: WorkerFleet, _ state: EngineState) async {
        let limit = configuration.terminationDrainDuration
        logger.info("draining", metadata: ["at most": "\(limit)"])
        state.beginDraining()
        switch configuration.shutdown {
        case .whenIdle:
            fleet.drain()
            await waitUntilIdle(fleet, atMost: limit)
        case .afterDrain:
            fleet.drainInbound(andOutbound: configuration.isGateway)
            try? await Task.sleep(for: limit)
            fleet.drain()
            // What was accepted in the last moment gets its answer.
            await waitUntilIdle(fleet, atMost: .seconds(1))
        case .zeroConnections(let minimum):
            fleet.drainInbound(andOutbound: configuration.isGateway)
            try? await Task.sleep(for: minimum)
            await waitUntilIdle(fleet, atMost: nil)
            fleet.drain()
        }
    }

    private func waitUntilIdle(_ fleet: WorkerFleet, atMost limit: Duration?) async {
        let clock = ContinuousClock()
        let end = limit.map { clock.now + $0 }
        while await fleet.connectionCount() > 0 {
            if let end, clock.now >= end { return }
            guard (try? await Task.sleep(for: .milliseconds(50))) != nil else { return }
        }
    }

    private func startAdmin(
        _ fleet: WorkerFleet,
        _ state: EngineState,
        _ client: DiscoveryClient,
        _ group: MultiThreadedEventLoopGroup
    ) async throws -> [any Channel] {
        let started = ContinuousClock.now
        let level = level
        let nodeID = configuration.node.id
        let secrets = identity.publisher
        var sources = AdminSources(
            snapshot: { state.snapshot },
            report: { await fleet.report() },
            decisions: { await fleet.decisions($0, proxy: nodeID) },
            isReady: { state.isReady(client.status) },
            isDraining: { state.isDraining },
            logLevel: { level.value },
            setLogLevel: { level.set($0) },
            drain: { isInboundOnly in
                state.beginDraining()
                if isInboundOnly { fleet.drainInbound() } else { fleet.drain() }
            },
            quit: { state.quit() },
            nodeID: nodeID,
            uptimeSeconds: { (ContinuousClock.now - started).components.seconds }
        )
        sources.unreadyReason = { secrets.current.unreadyReason }
        sources.secrets = { SecretReports.reports(secrets.current, state.snapshot, at: .now()) }
        let pages = AdminPages(sources)
        var channels: [any Channel] = []
        let admin = configuration.admin
        channels.append(
            try await AdminServer.start(host: admin.host, port: admin.port, group: group) { await pages.answer($0) }
        )
        let any = configuration.wildcard
        if ports.status != 0 {
            let port = Int(ports.status)
            channels.append(
                try await AdminServer.start(host: any, port: port, group: group) { await pages.answerProbe($0) }
            )
        }
        if ports.statistics != 0 {
            let port = Int(ports.statistics)
            channels.append(
                try await AdminServer.start(host: any, port: port, group: group) { await pages.answerScrape($0) }
            )
        }
        return channels
    }
}

/// What the admin interface and the engine tell each other.
private final class EngineState: Sendable {
    private struct Values {
        var snapshot: ProxySnapshot?
        var isReady = false
        var isDraining = false
    }

    private let values: Mutex<Values>
    let quitRequests: AsyncStream<Void>
    private let quitter: AsyncStream<Void>.Continuation

    init() {
        values = Mutex(Values())
        (quitRequests, quitter) = AsyncStream.makeStream()
    }

    var snapshot: ProxySnapshot? { values.withLock { $0.snapshot } }
    var isDraining: Bool { values.withLock { $0.isDraining } }

    /// Whether every worker has served the first complete configuration (Envoy's LIVE); stays so.
    func isReady(_ status: DiscoveryClientStatus) -> Bool {
        values.withLock { values in
            let served = values.snapshot.map { $0.generation >= status.generation ?? .max } ?? false
            if served, status.isInitialized { values.isReady = true }
            return values.isReady
        }
    }

    /// Shows a snapshot that is served; true for the first.
    func publish(_ snapshot: ProxySnapshot) -> Bool {
        values.withLock { values in
            defer { values.snapshot = snapshot }
            return values.snapshot == nil
        }
    }

    func beginDraining() { values.withLock { $0.isDraining = true } }
    func quit() { quitter.yield() }
}
