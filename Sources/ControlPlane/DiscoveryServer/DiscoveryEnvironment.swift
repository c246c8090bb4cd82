package import EnvoyAPI
internal import Foundation
internal import Logging
internal import SwiftProtobuf

/// What every connection borrows from the server: time, metrics, a logger. All of it is injected.
struct DiscoveryEnvironment: Sendable {
    /// Monotonic time since any fixed moment.
    let now: @Sendable () -> Duration
    /// Suspends for a while; throws when cancelled.
    let sleep: @Sendable (Duration) async throws -> Void
    /// Wall-clock time, for people.
    let date: @Sendable () -> Date
    /// How long a client may take to make room for a response.
    let writeTimeout: Duration
    /// How long listeners and routes wait at most for the endpoints of clusters that were added before them.
    let warmingTime: Duration
    let metrics: DiscoveryMetrics
    let logger: Logger

    init(
        configuration: DiscoveryConfiguration,
        clock: some Clock<Duration>,
        date: @escaping @Sendable () -> Date,
        metrics: DiscoveryMetrics,
        logger: Logger
    ) {
        let start = clock.now
        now = { start.duration(to: clock.now) }
        sleep = { try await clock.sleep(for: $0) }
        self.date = date
        writeTimeout = configuration.writeTimeout
        warmingTime = configuration.warmingTime
        self.metrics = metrics
        self.logger = logger
    }
}

/// The static settings of the discovery server.
package struct DiscoveryConfiguration: Sendable, Equatable {
    /// A burst of changes is pushed after so long without a new one.
    package var debounceAfter: Duration = .milliseconds(100)
    /// A burst of changes is pushed at the latest so long after its first.
    package var debounceMax: Duration = .seconds(10)
    /// How many clients are pushed to at the same time (Istio's `PILOT_PUSH_THROTTLE`).
    package var pushConcurrency: Int = 32
    /// A client that does not read for so long while a response waits is disconnected.
    package var writeTimeout: Duration = .seconds(5)

    /// Routes follow the clusters they name once these are warm, after so long at the latest.
    package var warmingTime: Duration = .milliseconds(500)

    /// Istio's defaults.
    package init() {}
}

/// The node of a client's first request, with the name of its software.
package struct ClientNode: Sendable {
    package var node: Envoy_Config_Core_V3_Node

    package init(_ node: Envoy_Config_Core_V3_Node) {
        self.node = node
    }

    /// The cluster it runs in (metadata `CLUSTER_ID`); what Envoy calls the node's cluster where that is not said.
    package var cluster: String {
        let said = node.metadata.fields["CLUSTER_ID"]?.stringValue ?? ""
        return said.isEmpty ? node.cluster : said
    }

    /// Name and version the client gives itself.
    package var userAgent: String {
        [node.userAgentName, node.userAgentVersion].filter { !$0.isEmpty }.joined(separator: "/")
    }
}
