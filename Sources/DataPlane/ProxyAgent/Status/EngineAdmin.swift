internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1

/// Asks the admin interface of an engine, ours or Envoy's.
struct EngineAdmin: Sendable {
    let address: HostPort

    init(_ address: HostPort) { self.address = address }

    /// Whether configuration has arrived and is served: the engine is LIVE, so clusters and listeners were answered,
    /// and its workers run. The text says what lacks.
    func readiness() async -> (isReady: Bool, reason: String) {
        guard let answer = try? await get("/ready") else { return (false, "the proxy does not answer yet") }
        guard answer.status == 200 else {
            return (false, "the proxy has no complete configuration yet: \(answer.text.filter { !$0.isNewline })")
        }
        return (true, "LIVE")
    }

    /// The counters in Prometheus' text format.
    func statistics() async throws -> String { try await get("/stats/prometheus").text }

    /// Open connections of callers, on all listeners but those of the probes.
    func activeConnections() async throws -> Int {
        let page = try await get("/stats?filter=downstream_cx_active").text
        var total = 0
        for line in page.split(whereSeparator: \.isNewline) where line.hasPrefix("listener.") {
            // Own pages are nobody's requests.
            if line.contains("_15021.") || line.contains("_15090.") || line.contains("listener.admin.") { continue }
            if line.contains(".worker_") { continue }
            guard let value = line.split(separator: " ").last.flatMap({ Int($0) }), value >= 0 else { continue }
            total = total.addingReportingOverflow(value).partialValue
        }
        return total
    }

    private func get(_ path: String) async throws -> AgentHTTP.Answer {
        try await AgentHTTP.get("http://\(address)\(path)", timeout: .seconds(2), limit: 64 << 20)
    }
}

/// Small requests of the agent to its own pod.
enum AgentHTTP {
    struct Answer: Sendable {
        var status: Int
        var text: String
    }

    /// One GET, its body read up to `limit` bytes.
    static func get(
        _ url: String,
        headers: [(String, String)] = [],
        timeout: TimeAmount,
        limit: Int,
        client: HTTPClient = .shared
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: url)
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        let response = try await client.execute(request, timeout: timeout)
        let body = try await response.body.collect(upTo: limit)
        return Answer(status: Int(response.status.code), text: String(buffer: body))
    }
}
