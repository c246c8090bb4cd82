package import MeshTelemetry
internal import Synchronization
package import XDSProtocol

/// The counters of discovery under Istio's names. Shared by all connections; every call takes a short lock.
package final class DiscoveryMetrics: Sendable {
    private struct Values: Sendable {
        var connected: [DiscoveryStatus.ProtocolVariant: Int] = [:]
        var pushes: [ResourceType: UInt64] = [:]
        var rejects: [ResourceType: UInt64] = [:]
        var staleNonces: [ResourceType: UInt64] = [:]
        var writeTimeouts: UInt64 = 0
        var triggers: UInt64 = 0
        var changes: UInt64 = 0
        var pushTime: [ResourceType: Histogram] = [:]
        var sendBytes: [ResourceType: UInt64] = [:]
        var convergence = Histogram(bounds: DiscoveryMetrics.convergenceBounds)
        var debounce = Histogram(bounds: DiscoveryMetrics.timeBounds)
    }

    private let values = Mutex(Values())

    private static let timeBounds: [Double] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 3, 5, 10, 20, 30]
    private static let convergenceBounds: [Double] = [0.05, 0.1, 0.5, 1, 3, 5, 10, 20, 30]

    /// All zero.
    package init() {}

    /// A stream was opened (`by: 1`) or closed (`by: -1`).
    package func connections(_ variant: DiscoveryStatus.ProtocolVariant, by change: Int) {
        values.withLock { $0.connected[variant, default: 0] += change }
    }

    /// A response was generated in `seconds`.
    package func pushed(_ type: ResourceType, seconds: Double, bytes: Int) {
        values.withLock {
            $0.pushes[type, default: 0] += 1
            $0.sendBytes[type, default: 0] += UInt64(max(0, bytes))
            $0.pushTime[type, default: Histogram(bounds: Self.timeBounds)].observe(seconds)
        }
    }

    /// A client refused a response.
    package func rejected(_ type: ResourceType) {
        values.withLock { $0.rejects[type, default: 0] += 1 }
    }

    /// A client answered an older response than the last.
    package func staleNonce(_ type: ResourceType) {
        values.withLock { $0.staleNonces[type, default: 0] += 1 }
    }

    /// A client did not take a response in time.
    package func writeTimedOut() {
        values.withLock { $0.writeTimeouts += 1 }
    }

    /// A burst of changes became one push.
    package func triggered(changes: Int, debouncedSeconds: Double) {
        values.withLock {
            $0.triggers += 1
            $0.changes += UInt64(max(0, changes))
            $0.debounce.observe(debouncedSeconds)
        }
    }

    /// A client was sent all that a change made due, so many seconds after the change.
    package func converged(seconds: Double) {
        values.withLock { $0.convergence.observe(seconds) }
    }

    /// How many responses of a type were written; for tests and the push status.
    package func pushes(of type: ResourceType) -> UInt64 {
        values.withLock { $0.pushes[type, default: 0] }
    }

    /// How many responses were refused.
    package var totalRejects: UInt64 {
        values.withLock { $0.rejects.values.reduce(0, +) }
    }

    /// How many debounced pushes there were.
    package var triggers: UInt64 {
        values.withLock { $0.triggers }
    }

    /// Appends all of them to a page.
    package func write(to page: inout PrometheusText) {
        let values = values.withLock { $0 }
        page.family("pilot_xds", .gauge, help: "Number of endpoints connected to this pilot using XDS.")
        for variant in [DiscoveryStatus.ProtocolVariant.delta, .stateOfTheWorld] {
            page.sample("pilot_xds", [("variant", variant.rawValue)], Double(values.connected[variant] ?? 0))
        }
        counters("pilot_xds_pushes", "Pilot build and send responses by type.", values.pushes, &page)
        counters("pilot_total_xds_rejects", "Responses clients refused.", values.rejects, &page)
        counters("pilot_xds_expired_nonce", "Requests with an expired nonce.", values.staleNonces, &page)
        counters("pilot_xds_sent_bytes", "Bytes of responses written.", values.sendBytes, &page)
        page.family("pilot_xds_write_timeout", .counter, help: "Streams closed because a client did not read.")
        page.sample("pilot_xds_write_timeout", [], Double(values.writeTimeouts))
        page.family("pilot_push_triggers", .counter, help: "Debounced pushes.")
        page.sample("pilot_push_triggers", [], Double(values.triggers))
        page.family("pilot_inbound_updates", .counter, help: "Configuration changes received.")
        page.sample("pilot_inbound_updates", [], Double(values.changes))
        page.family("pilot_xds_push_time", .histogram, help: "Seconds to generate a response.")
        for (type, histogram) in values.pushTime.sorted(by: { $0.key.pushRank < $1.key.pushRank }) {
            page.histogram("pilot_xds_push_time", [("type", type.metricLabel)], histogram)
        }
        page.family("pilot_proxy_convergence_time", .histogram, help: "Seconds from a change to its last response.")
        page.histogram("pilot_proxy_convergence_time", [], values.convergence)
        page.family("pilot_debounce_time", .histogram, help: "Seconds from the first change to the push.")
        page.histogram("pilot_debounce_time", [], values.debounce)
    }

    private func counters(
        _ name: String,
        _ help: String,
        _ counts: [ResourceType: UInt64],
        _ page: inout PrometheusText
    ) {
        page.family(name, .counter, help: help)
        for (type, count) in counts.sorted(by: { $0.key.pushRank < $1.key.pushRank }) {
            page.sample(name, [("type", type.metricLabel)], Double(count))
        }
    }
}

extension ResourceType {
    /// The value of the label `type`, as Istio writes it.
    package var metricLabel: String { shortName.lowercased() }
}
