internal import DiscoveryServer
internal import Foundation
internal import Hummingbird
internal import MeshConfig
internal import MeshModel
internal import MeshTelemetry
internal import XDSGeneration

/// The pages on the monitoring port: metrics, health and Istio's debug endpoints.
struct MonitoringRoutes: Sendable {
    let discovery: DiscoveryServer<MeshServedSnapshot>
    let report: ConfigReport
    let cache: ResourceCache
    /// Nil when no certificate authority is served.
    var authority: (trust: MeshTrust, metrics: AuthorityMetrics)?
    let access: DebugAccess

    private static let pages: [(path: String, help: String)] = [
        ("adsz", "Connected clients"),
        ("cachez", "What is cached of generated resources"),
        ("config_dump", "What a proxy is to have, as Envoy's config dump (proxyID=POD.NAMESPACE)"),
        ("configz", "The objects in use and what is wrong with them"),
        ("connections", "Connected clients, one line each"),
        ("endpointz", "Endpoints of every service port"),
        ("force_disconnect", "Ends a client's streams (proxyID=POD.NAMESPACE)"),
        ("list", "This list"),
        ("mesh", "The mesh configuration"),
        ("push_status", "The last push and the push queue"),
        ("registryz", "Services"),
        ("sidecarz", "What a proxy may know of the mesh (proxyID=POD.NAMESPACE)"),
        ("syncz", "What each client was sent, acknowledged and refused"),
    ]

    /// The router with every page.
    func router() -> Router<MonitoringContext> {
        let router = Router(context: MonitoringContext.self)
        router.add(middleware: access)
        router.get("/") { _, _ in
            let page = DashboardPage.html(await discovery.served.mesh, await discovery.statuses())
            return DebugJSON.text(page, type: "text/html; charset=utf-8")
        }
        router.get("metrics") { _, _ in await metrics() }
        router.get("ready") { _, _ in DebugJSON.text("ready\n") }
        router.get("healthz") { _, _ in DebugJSON.text("ok\n") }
        router.get("version") { _, _ in DebugJSON.text("martlet\n") }
        router.get("debug") { _, _ in index() }
        router.get("debug/list") { _, _ in try DebugJSON.response(Self.pages.map { "/debug/\($0.path)" }) }
        for path in ["debug/syncz", "debug/adsz"] {
            router.get(RouterPath(path)) { request, _ in try await clients(request) }
        }
        router.get("debug/connections") { _, _ in try await connections() }
        router.get("debug/config_dump") { request, _ in
            try await proxy(request) { node, served in
                DebugJSON.response(ConfigDump(generator: served.generator, snapshot: served.mesh).json(for: node))
            }
        }
        router.get("debug/sidecarz") { request, _ in
            try await proxy(request) { node, served in
                try DebugJSON.response(ScopeEntry(node, in: served.mesh))
            }
        }
        router.get("debug/registryz") { _, _ in
            try DebugJSON.response(await discovery.served.mesh.services.map(RegistryEntry.init))
        }
        router.get("debug/endpointz") { _, _ in
            try DebugJSON.response(EndpointEntry.all(in: await discovery.served.mesh))
        }
        router.get("debug/configz") { _, _ in try await configuration() }
        router.get("debug/mesh") { _, _ in try DebugJSON.response(MeshPage(await discovery.served.mesh.mesh)) }
        router.get("debug/push_status") { _, _ in try await pushStatus() }
        router.get("debug/cachez") { _, _ in try await cache() }
        router.get("debug/force_disconnect") { request, _ in try await disconnect(request) }
        return router
    }

    // MARK: Pages

    private func metrics() async -> Response {
        var page = PrometheusText()
        discovery.metrics.write(to: &page)
        let mesh = await discovery.served.mesh
        for (name, help, value) in [
            ("pilot_services", "Total services known to pilot.", mesh.services.count),
            ("pilot_virt_services", "Total virtual services known to pilot.", mesh.virtualServices.count),
            ("pilot_destrules", "Total destination rules known to pilot.", mesh.destinationPolicies.count),
            ("pilot_sidecars", "Total sidecars known to pilot.", mesh.sidecars.count),
        ] {
            page.family(name, .gauge, help: help)
            page.sample(name, [], Double(value))
        }
        let errors = report.current.diagnostics.count(where: { $0.severity == .error })
        page.family("pilot_config_errors", .gauge, help: "Errors in the configuration.")
        page.sample("pilot_config_errors", [], Double(errors))
        if let authority { authority.metrics.write(authority.trust.state.authority, to: &page) }
        ProcessMetrics.write(to: &page)
        return DebugJSON.text(page.text, type: "text/plain; version=0.0.4; charset=utf-8")
    }

    private func index() -> Response {
        let rows = Self.pages.map { "<li><a href=\"/debug/\($0.path)\">\($0.path)</a>: \($0.help)</li>" }
        return DebugJSON.text(
            "<!doctype html><title>martletd</title><ul>\(rows.joined(separator: "\n"))</ul>\n",
            type: "text/html; charset=utf-8"
        )
    }

    private func clients(_ request: Request) async throws -> Response {
        let wanted = request.uri.queryParameters["proxyID"].map(String.init)
        let statuses = await discovery.statuses().filter { wanted == nil || $0.proxyID == wanted }
        return try DebugJSON.response(statuses.map(SyncStatus.init))
    }

    private func connections() async throws -> Response {
        struct Connection: Encodable {
            var connectionId: String
            var connectedAt: Date
            var address: String
        }
        struct Page: Encodable {
            var totalClients: Int
            var clients: [Connection]
        }
        let clients = await discovery.statuses().map {
            Connection(connectionId: $0.connectionID, connectedAt: $0.connectedAt, address: $0.peer)
        }
        return try DebugJSON.response(Page(totalClients: clients.count, clients: clients))
    }

    private func configuration() async throws -> Response {
        let (config, diagnostics) = report.current
        let model = await discovery.served.mesh.diagnostics
        return try DebugJSON.response(ConfigPage(config: config, diagnostics: diagnostics, model: model))
    }

    private func pushStatus() async throws -> Response {
        struct Page: Encodable {
            var version: UInt64
            var at: Date?
            var changes: Int
            var clients: Int
            var waiting: Int
            var running: Int
            var pushes: UInt64
        }
        let status = await discovery.pushStatus
        return try DebugJSON.response(
            Page(
                version: status.version,
                at: status.at,
                changes: status.changes,
                clients: status.clients,
                waiting: status.waiting,
                running: status.running,
                pushes: discovery.metrics.triggers
            )
        )
    }

    private func cache() async throws -> Response {
        let version = await discovery.served.version
        return try DebugJSON.response(["snapshot_version": version, "generations": cache.generations])
    }

    private func disconnect(_ request: Request) async throws -> Response {
        guard let id = request.uri.queryParameters["proxyID"].map(String.init) else {
            return DebugJSON.failure("name a proxy: ?proxyID=POD.NAMESPACE", status: .badRequest)
        }
        return try DebugJSON.response(["disconnected": await discovery.disconnect(proxyID: id)])
    }

    private func proxy(
        _ request: Request,
        _ answer: (ProxyNode, MeshServedSnapshot) throws -> Response
    ) async throws -> Response {
        guard let id = request.uri.queryParameters["proxyID"].map(String.init) else {
            return DebugJSON.failure("name a proxy: ?proxyID=POD.NAMESPACE", status: .badRequest)
        }
        guard let (node, _) = await discovery.client(proxyID: id) else {
            return DebugJSON.failure("no proxy \(id) is connected", status: .notFound)
        }
        return try answer(node, await discovery.served)
    }
}
