/// What is counted for routes that ask for it by `stat_prefix`, under Envoy's names (`vhost.HOST.route.PREFIX.NAME`).
package enum RouteStatistic: UInt8, CaseIterable, Sendable {
    case requestTotal
    case requestCompleted
    case requestTimeout
    case retry
    case retrySuccess
    case retryLimitExceeded
    case retryOverflow
    case request1xx
    case request2xx
    case request3xx
    case request4xx
    case request5xx

    package var name: String {
        switch self {
        case .requestTotal: "upstream_rq_total"
        case .requestCompleted: "upstream_rq_completed"
        case .requestTimeout: "upstream_rq_timeout"
        case .retry: "upstream_rq_retry"
        case .retrySuccess: "upstream_rq_retry_success"
        case .retryLimitExceeded: "upstream_rq_retry_limit_exceeded"
        case .retryOverflow: "upstream_rq_retry_overflow"
        case .request1xx: "upstream_rq_1xx"
        case .request2xx: "upstream_rq_2xx"
        case .request3xx: "upstream_rq_3xx"
        case .request4xx: "upstream_rq_4xx"
        case .request5xx: "upstream_rq_5xx"
        }
    }
}

/// A worker's counters of one virtual host's routes with one prefix.
package final class RouteCounters {
    package private(set) var table = CounterTable<RouteStatistic>()

    init() {}

    /// Adds one.
    package func add(_ statistic: RouteStatistic) { table.add(statistic) }

    /// Counts an answer by its class, the upstream's or the router's own.
    package func addResponse(status: UInt16) {
        table.add(.requestCompleted)
        switch status {
        case ..<200: table.add(.request1xx)
        case ..<300: table.add(.request2xx)
        case ..<400: table.add(.request3xx)
        case ..<500: table.add(.request4xx)
        default: table.add(.request5xx)
        }
    }
}

/// The route counters of one worker; they outlive the routes, as counters do.
package final class RouteStatistics {
    private var byHost: [String: [String: RouteCounters]] = [:]

    init() {}

    /// The counters of a prefix in a virtual host, made on first use.
    package func counters(virtualHost: String, prefix: String) -> RouteCounters {
        if let known = byHost[virtualHost]?[prefix] { return known }
        let made = RouteCounters()
        byHost[virtualHost, default: [:]][prefix] = made
        return made
    }

    /// All of them under their scope, `vhost.HOST.route.PREFIX`.
    package var tables: [(virtualHost: String, prefix: String, table: CounterTable<RouteStatistic>)] {
        byHost.flatMap { host, prefixes in prefixes.map { (host, $0.key, $0.value.table) } }
    }
}
