/// `ClientSideWeightedRoundRobin`: round robin by weights that follow what endpoints report of their load (ORCA).
package struct ClientSideWeights: Sendable, Equatable {
    /// How long reports are heard before they count, in milliseconds (`blackout_period`).
    package var blackoutMilliseconds: Int64
    /// How long a report counts, in milliseconds (`weight_expiration_period`).
    package var expirationMilliseconds: Int64
    /// The time between two looks at the reports, in milliseconds (`weight_update_period`).
    package var updateMilliseconds: Int64
    /// How many times the share of errors is added to the utilization, at least 0.
    package var errorUtilizationPenalty: Double
    /// The metrics whose highest is the utilization; without any of them `application_utilization`, else
    /// `cpu_utilization`.
    package var utilizationMetrics: [LoadMetric]

    package init(
        blackoutMilliseconds: Int64 = 10_000,
        expirationMilliseconds: Int64 = 180_000,
        updateMilliseconds: Int64 = 1000,
        errorUtilizationPenalty: Double = 0,
        utilizationMetrics: [LoadMetric] = []
    ) {
        self.blackoutMilliseconds = blackoutMilliseconds
        self.expirationMilliseconds = expirationMilliseconds
        self.updateMilliseconds = updateMilliseconds
        self.errorUtilizationPenalty = errorUtilizationPenalty
        self.utilizationMetrics = utilizationMetrics
    }
}

/// A metric of a load report, by the name that `metric_names_for_computing_utilization` gives it.
package enum LoadMetric: Sendable, Hashable {
    case field(LoadField)
    /// One of a map's values.
    case entry(LoadMap, key: ContiguousArray<UInt8>)
    /// All of a map's values (`MAP.*`).
    case all(LoadMap)

    /// Nil for a name that no report has a value for; Envoy takes and ignores it, too.
    package init?(_ name: String) {
        if let field = LoadField(rawValue: name) {
            self = .field(field)
            return
        }
        guard let map = LoadMap.allCases.first(where: { name.hasPrefix("\($0.rawValue).") }) else { return nil }
        let key = name.dropFirst(map.rawValue.count + 1)
        self = key == "*" ? .all(map) : .entry(map, key: ContiguousArray(key.utf8))
    }
}

/// A number of `xds.data.orca.v3.OrcaLoadReport`, by its name in the message.
package enum LoadField: String, Sendable, Hashable, CaseIterable {
    case cpuUtilization = "cpu_utilization"
    case memoryUtilization = "mem_utilization"
    case applicationUtilization = "application_utilization"
    case errorsPerSecond = "eps"
    case requestsPerSecond = "rps_fractional"
}

/// A map of `xds.data.orca.v3.OrcaLoadReport`, by its name in the message.
package enum LoadMap: String, Sendable, Hashable, CaseIterable {
    case namedMetrics = "named_metrics"
    case utilization = "utilization"
    case requestCost = "request_cost"
}
