internal import ProxySnapshot

/// Slow start of a cluster's endpoints on one event loop: which of them are new, and what part of their weight counts.
///
/// Times are milliseconds of the worker's clock. An endpoint's window begins when it is first seen healthy, and for those
/// of a new cluster when the cluster is (Envoy "Slow start mode", without active health checks).
struct WarmUp {
    private let window: Int64
    private let aggression: Double
    private let minimumWeight: Double
    /// When the window of the youngest endpoint began.
    private var newest: Int64
    /// The time of the pick or rebuild under way.
    var now: Int64

    init(_ settings: SlowStart, now: Int64) {
        let (seconds, attoseconds) = settings.window.components
        let milliseconds = min(seconds, 1 << 40) * 1000 + attoseconds / 1_000_000_000_000_000
        window = max(1, milliseconds)
        aggression = settings.aggression
        minimumWeight = settings.minimumWeight
        newest = now
        self.now = now
    }

    /// Whether the window of some endpoint may still be open.
    var isActive: Bool { now &- newest <= window }

    /// Begins the windows of endpoints that are healthy for the first time.
    mutating func note(_ loads: [EndpointLoad]) {
        for load in loads where load.isHealthy && load.healthySince == nil {
            load.healthySince = now
            newest = max(newest, now)
        }
    }

    /// What an endpoint's weight is multiplied by, up to 1.
    func factor(_ load: EndpointLoad) -> Double {
        guard isActive, load.isHealthy, let since = load.healthySince else { return 1 }
        let age = now &- since
        guard age < window else { return 1 }
        let part = Double(max(1, age)) / Double(window)
        return max(aggression == 1 ? part : power(part, 1 / aggression), minimumWeight)
    }
}
