package import ProxySnapshot

/// What of one `xds.data.orca.v3.OrcaLoadReport` balancing needs: its numbers, and of its maps what a cluster's rule
/// names. Values are as they were sent; negative ones are possible.
package struct LoadReport: Sendable, Equatable {
    private struct Key: Sendable, Hashable {
        var map: LoadMap
        var name: ContiguousArray<UInt8>
    }

    private let metrics: [LoadMetric]
    private var cpuUtilization = 0.0
    private var memoryUtilization = 0.0
    private var applicationUtilization = 0.0
    private var errorsPerSecond = 0.0
    private var requestsPerSecond = 0.0
    private var entries: [Key: Double] = [:]

    /// A report of nothing yet, of which `metrics` will be asked.
    init(for metrics: [LoadMetric]) {
        self.metrics = metrics
    }

    subscript(_ field: LoadField) -> Double {
        get {
            switch field {
            case .cpuUtilization: cpuUtilization
            case .memoryUtilization: memoryUtilization
            case .applicationUtilization: applicationUtilization
            case .errorsPerSecond: errorsPerSecond
            case .requestsPerSecond: requestsPerSecond
            }
        }
        set {
            switch field {
            case .cpuUtilization: cpuUtilization = newValue
            case .memoryUtilization: memoryUtilization = newValue
            case .applicationUtilization: applicationUtilization = newValue
            case .errorsPerSecond: errorsPerSecond = newValue
            case .requestsPerSecond: requestsPerSecond = newValue
            }
        }
    }

    /// Takes an entry of a map, the last of those with the same key, unless nobody will ask for it.
    mutating func set(_ map: LoadMap, _ key: UnsafeRawBufferPointer, _ value: Double) {
        let isWanted = metrics.contains { metric in
            switch metric {
            case .field: false
            case .entry(let wanted, let name): wanted == map && name.elementsEqual(key)
            case .all(let wanted): wanted == map
            }
        }
        if isWanted { entries[Key(map: map, name: ContiguousArray(key))] = value }
    }

    /// The weight that the report makes of an endpoint: requests a second for each unit of utilization; nil if it says
    /// too little for one (Envoy `OrcaLoadReportHandler`).
    package func weight(by rule: ClientSideWeights) -> UInt32? {
        guard requestsPerSecond > 0 else { return nil }
        let utilization = utilization + rule.errorUtilizationPenalty * errorsPerSecond / requestsPerSecond
        guard utilization > 0 else { return nil }
        let weight = requestsPerSecond / utilization
        guard !weight.isNaN else { return nil }
        return weight >= Double(UInt32.max) ? .max : UInt32(weight)
    }

    /// The first of these that is above zero: the highest of the named metrics, the application's, the processor's.
    private var utilization: Double {
        let named = metrics.reduce(0) { max($0, highest($1)) }
        if named > 0 { return named }
        return applicationUtilization > 0 ? applicationUtilization : cpuUtilization
    }

    private func highest(_ metric: LoadMetric) -> Double {
        switch metric {
        case .field(let field): self[field]
        case .entry(let map, let name): entries[Key(map: map, name: name)] ?? 0
        case .all(let map): entries.reduce(0) { $1.key.map == map ? max($0, $1.value) : $0 }
        }
    }
}
