internal import NIOCore
internal import ProxyIdentity
internal import SwiftProtobuf
internal import Synchronization

/// Where the application's own metrics are: its pod's `prometheus.io/` annotations as the injection found them
/// (`ISTIO_PROMETHEUS_ANNOTATIONS`).
package struct ApplicationMetrics: Sendable, Equatable {
    package var path: String
    package var port: Int

    /// Nil when the application is not to be scraped or the text is not to be read.
    package init?(_ text: String) {
        guard let fields = try? Google_Protobuf_Struct(jsonString: text).fields,
            fields["scrape"]?.stringValue == "true"
        else { return nil }
        let path = fields["path"]?.stringValue ?? ""
        self.path = path.isEmpty ? "/metrics" : path.first == "/" ? path : "/\(path)"
        let text = fields["port"]?.stringValue ?? ""
        guard let port = text.isEmpty ? 80 : Int(text), (1...65535).contains(port) else { return nil }
        self.port = port
    }
}

/// The page of `/stats/prometheus` on the agent's port: its own counters, the proxy's and the application's.
final class StatisticsMerge: Sendable {
    private struct Counts {
        var scrapes: UInt64 = 0
        var proxyFailures: UInt64 = 0
        var applicationFailures: UInt64 = 0
    }

    private let admin: EngineAdmin
    private let application: ApplicationMetrics?
    private let identity: IdentityStatistics
    private let counts = Mutex(Counts())
    private let started = ContinuousClock.now

    init(admin: EngineAdmin, application: ApplicationMetrics?, identity: IdentityStatistics) {
        self.admin = admin
        self.application = application
        self.identity = identity
    }

    /// The page; a part that cannot be had is counted and left out.
    func page() async -> String {
        counts.withLock { $0.scrapes &+= 1 }
        async let application = applicationPart()
        var proxy = ""
        do {
            proxy = try await admin.statistics()
        } catch {
            counts.withLock { $0.proxyFailures &+= 1 }
        }
        let parts = [proxy, await application]
        return own + parts.map(Self.part).joined()
    }

    /// The agent's own counters.
    var own: String {
        let counts = counts.withLock { $0 }
        return """
            # TYPE istio_agent_scrapes_total counter
            istio_agent_scrapes_total \(counts.scrapes)
            # TYPE istio_agent_scrape_failures_total counter
            istio_agent_scrape_failures_total{type="envoy"} \(counts.proxyFailures)
            istio_agent_scrape_failures_total{type="application"} \(counts.applicationFailures)
            # TYPE istio_agent_uptime_seconds gauge
            istio_agent_uptime_seconds \((ContinuousClock.now - started).components.seconds)

            """ + identity.page(at: .now())
    }

    private func applicationPart() async -> String {
        guard let application else { return "" }
        do {
            let answer = try await AgentHTTP.get(
                "http://127.0.0.1:\(application.port)\(application.path)",
                headers: [("accept", "text/plain;version=0.0.4;q=0.5,*/*;q=0.1")],
                timeout: .seconds(10),
                limit: 64 << 20
            )
            if answer.status == 200 { return answer.text }
        } catch {}
        counts.withLock { $0.applicationFailures &+= 1 }
        return ""
    }

    // A page has one end, and every line of a part its own.
    private static func part(_ text: String) -> String {
        guard !text.isEmpty else { return "" }
        let lines = text.contains("# EOF") ? text.replacing("# EOF", with: "") : text
        return lines.hasSuffix("\n") ? lines : lines + "\n"
    }
}
