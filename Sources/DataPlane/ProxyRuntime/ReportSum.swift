internal import NIOCore
internal import ProxyAdmin
internal import ProxyBalancing
internal import ProxyDownstream
internal import ProxyFilters
internal import ProxySnapshot
internal import ProxyTLS
internal import ProxyUpstream

/// The counts of one worker, and of several when merged.
struct ReportSum: Sendable {
    private struct ClusterSum: Sendable {
        var table: CounterTable<ClusterStatistic>
        /// nil if it is never spoken to by TLS.
        var tls: CounterTable<TLSStatistic>?
        var thresholds: CircuitBreakerThresholds
        var hasOutlierDetection: Bool
        var endpoints: [EndpointReport]
    }

    private var clusters: [String: ClusterSum] = [:]
    private struct RouteScope: Hashable, Comparable, Sendable {
        var virtualHost: String
        var prefix: String

        static func < (left: RouteScope, right: RouteScope) -> Bool {
            (left.virtualHost, left.prefix) < (right.virtualHost, right.prefix)
        }
    }

    private var managers: [String: CounterTable<DownstreamStatistic>] = [:]
    /// What HTTP filters count under names of their own, by the prefix of their connection manager.
    private var filters: [String: [String: UInt64]] = [:]
    private var networkFilters: [String: UInt64] = [:]
    private var routes: [RouteScope: CounterTable<RouteStatistic>] = [:]
    private var listeners: [String: ListenerReport] = [:]
    /// Of listeners with TLS, by name.
    private var handshakes: [String: CounterTable<TLSStatistic>] = [:]

    init() {}

    /// Reads a worker; on its loop.
    init(_ site: WorkerSite) {
        for cluster in site.worker.clusters.all {
            clusters[cluster.name] = ClusterSum(
                table: cluster.counters.table,
                tls: cluster.cluster.tlsSettings.isEmpty ? nil : cluster.counters.tls,
                thresholds: cluster.settings.thresholds,
                hasOutlierDetection: cluster.cluster.outlierDetection != nil,
                endpoints: (cluster.endpoints.compactMap(\.self) + cluster.destinations).map(Self.endpoint)
            )
        }
        for counters in site.listeners.statistics.all {
            managers[counters.prefix] = counters.table
            filters[counters.prefix] = counters.filters.all
        }
        networkFilters = site.listeners.statistics.network.all
        for (host, prefix, table) in site.worker.routeStatistics.tables {
            routes[RouteScope(virtualHost: host, prefix: prefix)] = table
        }
        for scope in site.listeners.active {
            listeners[scope.listener.name] = ListenerReport(
                name: scope.listener.name,
                address: "\(scope.listener.address)",
                connectionActive: UInt64(clamping: scope.connectionActive),
                connectionTotal: scope.connectionTotal
            )
            if scope.listener.allFilterChains.contains(where: { $0.transportSocket.settings != nil }) {
                handshakes[scope.listener.name] = site.listeners.statistics.tls(of: scope.listener.name).table
            }
        }
    }

    private static func endpoint(_ endpoint: UpstreamEndpoint) -> EndpointReport {
        var report = EndpointReport(address: String(decoding: endpoint.addressText, as: UTF8.self))
        report.hostname = endpoint.hostname
        if let resource = endpoint.endpoint {
            report.health = "\(resource.health)"
            report.weight = endpoint.weight
            report.priority = resource.priority
            report.region = resource.locality.region
            report.zone = resource.locality.zone
            report.subZone = resource.locality.subZone
        }
        report.isEjected = endpoint.isEjected
        report.connectionActive = UInt64(clamping: endpoint.connectionActive)
        report.connectionConnectFail = endpoint.connectionConnectFail
        report.connectionTotal = endpoint.connectionTotal
        report.requestActive = UInt64(clamping: endpoint.activeRequests)
        report.requestError = endpoint.requestError
        report.requestSuccess = endpoint.requestSuccess
        report.requestTimeout = endpoint.requestTimeout
        report.requestTotal = endpoint.requestTotal
        return report
    }

    /// Adds another worker's counts.
    mutating func merge(_ other: ReportSum) {
        for (name, sum) in other.clusters {
            guard var mine = clusters[name] else {
                clusters[name] = sum
                continue
            }
            mine.table.merge(sum.table)
            if let tls = sum.tls { mine.tls = mine.tls.map { $0.merged(tls) } ?? tls }
            for (position, endpoint) in sum.endpoints.enumerated() {
                // Workers list the same endpoints in the same order but for a moment.
                if position < mine.endpoints.count, mine.endpoints[position].address == endpoint.address {
                    mine.endpoints[position].add(endpoint)
                } else if let index = mine.endpoints.firstIndex(where: { $0.address == endpoint.address }) {
                    mine.endpoints[index].add(endpoint)
                } else {
                    mine.endpoints.append(endpoint)
                }
            }
            clusters[name] = mine
        }
        for (prefix, table) in other.managers {
            if managers[prefix] == nil { managers[prefix] = table } else { managers[prefix]?.merge(table) }
        }
        for (prefix, counts) in other.filters { filters[prefix, default: [:]].merge(counts, uniquingKeysWith: &+) }
        networkFilters.merge(other.networkFilters, uniquingKeysWith: &+)
        for (scope, table) in other.routes {
            if routes[scope] == nil { routes[scope] = table } else { routes[scope]?.merge(table) }
        }
        handshakes.merge(other.handshakes) { $0.merged($1) }
        for (name, listener) in other.listeners {
            if listeners[name] == nil {
                listeners[name] = listener
            } else {
                listeners[name]?.connectionActive += listener.connectionActive
                listeners[name]?.connectionTotal += listener.connectionTotal
            }
        }
    }

    private static func statistics(_ table: CounterTable<TLSStatistic>?) -> [StatisticReport] {
        guard let table else { return [] }
        return TLSStatistic.allCases.map { StatisticReport(name: $0.name, isGauge: false, value: table[$0]) }
    }

    private static func statistics(_ counts: [String: UInt64]) -> [StatisticReport] {
        counts.sorted { $0.key < $1.key }.map { StatisticReport(name: $0.key, isGauge: false, value: $0.value) }
    }

    /// The sum as the admin pages want it.
    var report: ProxyReport {
        var report = ProxyReport()
        report.clusters = clusters.sorted { $0.key < $1.key }.map { name, sum in
            ClusterReport(
                name: name,
                statistics: ClusterStatistic.allCases.compactMap {
                    guard sum.hasOutlierDetection || !$0.belongsToOutlierDetection else { return nil }
                    return StatisticReport(name: $0.name, isGauge: $0.isGauge, value: sum.table[$0])
                } + Self.statistics(sum.tls),
                hasOutlierDetection: sum.hasOutlierDetection,
                endpoints: sum.endpoints,
                maxConnections: sum.thresholds.maxConnections,
                maxPendingRequests: sum.thresholds.maxPendingRequests,
                maxRequests: sum.thresholds.maxRequests,
                maxRetries: sum.thresholds.maxRetries
            )
        }
        report.connectionManagers = managers.sorted { $0.key < $1.key }.map { prefix, table in
            ConnectionManagerReport(
                prefix: prefix,
                statistics: DownstreamStatistic.allCases.map {
                    StatisticReport(name: $0.name, isGauge: $0.isGauge, value: table[$0])
                } + Self.statistics(filters[prefix] ?? [:])
            )
        }
        report.networkFilters = Self.statistics(networkFilters)
        report.routes = routes.sorted { $0.key < $1.key }.map { scope, table in
            RouteReport(
                virtualHost: scope.virtualHost,
                prefix: scope.prefix,
                statistics: RouteStatistic.allCases.map {
                    StatisticReport(name: $0.name, isGauge: false, value: table[$0])
                }
            )
        }
        report.listeners = listeners.values.sorted { $0.name < $1.name }
        for index in report.listeners.indices {
            report.listeners[index].statistics = Self.statistics(handshakes[report.listeners[index].name])
        }
        return report
    }
}

extension EndpointReport {
    fileprivate mutating func add(_ other: EndpointReport) {
        isEjected = isEjected || other.isEjected
        connectionActive &+= other.connectionActive
        connectionConnectFail &+= other.connectionConnectFail
        connectionTotal &+= other.connectionTotal
        requestActive &+= other.requestActive
        requestError &+= other.requestError
        requestSuccess &+= other.requestSuccess
        requestTimeout &+= other.requestTimeout
        requestTotal &+= other.requestTotal
    }
}
