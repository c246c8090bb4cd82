import ProxyBalancing
import Testing

@Suite struct PriorityLoadsTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var healthy: [Int]
        var total: [Int]
        var threshold: Double = 50
        var loads: [Int]
        var panics: [Bool]
        var testDescription: String { "\(healthy) of \(total)" }
    }

    /// The tables of Envoy's "Priority levels" and "Panic threshold" pages.
    @Test(arguments: [
        Row(healthy: [100, 100], total: [100, 100], loads: [100, 0], panics: [false, false]),
        Row(healthy: [72, 100], total: [100, 100], loads: [100, 0], panics: [false, false]),
        Row(healthy: [71, 100], total: [100, 100], loads: [99, 1], panics: [false, false]),
        Row(healthy: [50, 50], total: [100, 100], loads: [70, 30], panics: [false, false]),
        Row(healthy: [25, 100], total: [100, 100], loads: [35, 65], panics: [false, false]),
        Row(healthy: [25, 25], total: [100, 100], loads: [50, 50], panics: [true, true]),
        Row(healthy: [0, 25], total: [100, 100], threshold: 0, loads: [0, 100], panics: [false, false]),
        Row(healthy: [0, 0], total: [100, 100], loads: [50, 50], panics: [true, true]),
        Row(healthy: [0, 0], total: [100, 100], threshold: 0, loads: [100, 0], panics: [false, false]),
    ])
    func spillsAndPanicsAsEnvoyDoes(row: Row) {
        let census = zip(row.healthy, row.total).map { PriorityLoads.Census(healthy: $0, degraded: 0, total: $1) }
        let loads = PriorityLoads(census, overprovisioning: 140, panicThreshold: row.threshold)
        #expect(loads.healthy == row.loads)
        #expect(loads.isPanicking == row.panics)
    }

    @Test func degradedTakeWhatHealthyCannot() {
        let census = [PriorityLoads.Census(healthy: 20, degraded: 80, total: 100)]
        let loads = PriorityLoads(census, overprovisioning: 140, panicThreshold: 50)
        #expect(loads.healthy == [28])
        #expect(loads.degraded == [72])
        #expect(loads.choose(27).degraded == false)
        #expect(loads.choose(28).degraded == true)
    }
}
