internal import ProxyAdmin
internal import ProxyIdentity
internal import SwiftProtobuf

/// The pages of the agent's own port (15020), and of the probes' port (15021).
struct AgentPages: Sendable {
    let admin: EngineAdmin
    let statistics: StatisticsMerge
    let probes: [String: ApplicationProbe]
    let runner: ProbeRunner
    let ending: AgentEnding
    let nodeID: String
    let discovery: HostPort
    let engine: String
    let secrets: SecretPublisher

    func answer(_ request: AdminRequest) async -> AdminResponse {
        switch request.path {
        case "/healthz/ready": return await readiness()
        case "/stats/prometheus":
            return AdminResponse(contentType: "text/plain; version=0.0.4", body: await statistics.page())
        case "/metrics": return AdminResponse(contentType: "text/plain; version=0.0.4", body: statistics.own)
        case "/quitquitquit": return request.isPost ? quit() : Self.wantsPost
        case "/drain": return request.isPost ? await drain() : Self.wantsPost
        case "/debug", "/debug/agent": return await debug()
        case let path where path.hasPrefix("/app-health/"): return await application(path)
        default: return AdminResponse(status: 404, body: "404 page not found\n")
        }
    }

    /// The page of the probes' port.
    func readiness() async -> AdminResponse {
        if ending.isEnding { return AdminResponse(status: 503, body: "the proxy is draining\n") }
        if let reason = secrets.current.unreadyReason { return AdminResponse(status: 503, body: "\(reason)\n") }
        let (isReady, reason) = await admin.readiness()
        return AdminResponse(status: isReady ? 200 : 503, body: isReady ? "" : "\(reason)\n")
    }

    private func application(_ path: String) async -> AdminResponse {
        guard let probe = probes[path] else {
            return AdminResponse(status: 404, body: "no probe is known for \(path)\n")
        }
        let (status, reason) = await runner.run(probe)
        return AdminResponse(status: status, body: reason.isEmpty ? "" : "\(reason)\n")
    }

    private func quit() -> AdminResponse {
        ending.request(.quit)
        return AdminResponse(body: "OK")
    }

    private func drain() async -> AdminResponse {
        ending.beginDraining()
        do {
            try await AdminPost.send("/drain_listeners?inboundonly&graceful", to: admin.address)
            return AdminResponse(body: "OK")
        } catch {
            return AdminResponse(status: 500, body: "the proxy does not answer: \(error)\n")
        }
    }

    private func debug() async -> AdminResponse {
        let (isReady, reason) = await admin.readiness()
        var page = Google_Protobuf_Struct()
        let texts = ["node": nodeID, "discoveryAddress": "\(discovery)", "engine": engine, "state": reason]
        for (name, text) in texts { page.fields[name] = Google_Protobuf_Value(stringValue: text) }
        page.fields["ready"] = Google_Protobuf_Value(boolValue: isReady)
        page.fields["draining"] = Google_Protobuf_Value(boolValue: ending.isEnding)
        page.fields["probes"] = Google_Protobuf_Value(
            listValue: .with { $0.values = probes.keys.sorted().map { Google_Protobuf_Value(stringValue: $0) } }
        )
        return AdminResponse(contentType: "application/json", body: ((try? page.jsonString()) ?? "{}") + "\n")
    }

    private static let wantsPost = AdminResponse(status: 405, body: "Method Not Allowed: use POST\n")
}
