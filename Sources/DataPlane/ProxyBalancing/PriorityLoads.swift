/// How a cluster's load spreads over its priorities: Envoy's rule of overprovisioning, spilling and panic.
///
/// A priority takes all of its load while its share of usable endpoints times the overprovisioning factor reaches
/// 100 %; what it cannot take spills to the next (Envoy "Priority levels", "Panic threshold").
package struct PriorityLoads: Sendable, Equatable {
    /// Percent of the load that goes to each priority's healthy endpoints.
    package private(set) var healthy: [Int] = []
    /// Percent of the load that goes to each priority's degraded endpoints.
    package private(set) var degraded: [Int] = []
    /// Priorities that use all their endpoints, healthy or not.
    package private(set) var isPanicking: [Bool] = []

    /// The endpoints of one priority by state.
    package struct Census: Sendable, Equatable {
        package var healthy: Int
        package var degraded: Int
        /// Those that drain: they are neither healthy nor does their going make a priority less healthy.
        package var excluded: Int
        package var total: Int

        package init(healthy: Int, degraded: Int, excluded: Int = 0, total: Int) {
            self.healthy = healthy
            self.degraded = degraded
            self.excluded = excluded
            self.total = total
        }

        var counted: Int { total - excluded }
    }

    /// - Parameters:
    ///   - overprovisioning: percent, 140 by default.
    ///   - panicThreshold: percent, 0 for none.
    package init(_ priorities: [Census], overprovisioning: UInt32, panicThreshold: Double) {
        let factor = Int(overprovisioning)
        func availability(_ usable: Int, _ total: Int) -> Int {
            guard total > 0 else { return 0 }
            let (product, overflow) = usable.multipliedReportingOverflow(by: factor)
            return overflow ? 100 : min(100, product / total)
        }
        let health = priorities.map { availability($0.healthy, $0.counted) }
        let degradation = priorities.map { availability($0.degraded, $0.counted) }
        let available = min(100, (health + degradation).reduce(0, +))
        healthy = Array(repeating: 0, count: priorities.count)
        degraded = healthy
        isPanicking = Array(repeating: false, count: priorities.count)
        guard !priorities.isEmpty else { return }
        if available > 0 { spread(health, degradation, available) }
        if available == 0, panicThreshold == 0 {
            healthy[0] = 100
            return
        }
        guard available < 100 else { return }
        for (index, census) in priorities.enumerated() {
            let usable = Double(census.healthy + census.degraded) * 100
            isPanicking[index] = (census.counted == 0 ? 0 : usable / Double(census.counted)) < panicThreshold
        }
        if isPanicking.allSatisfy({ $0 }) { spreadInTotalPanic(priorities) }
    }

    private mutating func spread(_ health: [Int], _ degradation: [Int], _ available: Int) {
        var left = 100
        func take(_ share: Int) -> Int {
            let load = min(left, share * 100 / available)
            left -= load
            return load
        }
        for index in health.indices { healthy[index] = take(health[index]) }
        for index in degradation.indices { degraded[index] = take(degradation[index]) }
        // What rounding left over goes to the first priority that can take it.
        if left > 0 {
            if let first = health.firstIndex(where: { $0 > 0 }) {
                healthy[first] += left
            } else if let first = degradation.firstIndex(where: { $0 > 0 }) {
                degraded[first] += left
            }
        }
    }

    private mutating func spreadInTotalPanic(_ priorities: [Census]) {
        let total = priorities.reduce(0) { $0 + $1.total }
        degraded = degraded.map { _ in 0 }
        guard total > 0 else {
            healthy = healthy.map { _ in 0 }
            healthy[0] = 100
            return
        }
        var left = 100
        for (index, census) in priorities.enumerated() {
            healthy[index] = 100 * census.total / total
            left -= healthy[index]
        }
        if let first = priorities.firstIndex(where: { $0.total > 0 }) { healthy[first] += left }
    }

    /// The priority for a draw in 0..<100, and whether its degraded endpoints are meant.
    package func choose(_ draw: Int) -> (priority: Int, degraded: Bool) {
        var left = draw
        for index in healthy.indices {
            if left < healthy[index] { return (index, false) }
            left -= healthy[index]
        }
        for index in degraded.indices {
            if left < degraded[index] { return (index, true) }
            left -= degraded[index]
        }
        return (0, false)
    }
}
