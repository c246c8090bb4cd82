/// What the workers count, summed at one moment; everything the statistics pages show.
package struct ProxyReport: Sendable {
    package var clusters: [ClusterReport] = []
    package var connectionManagers: [ConnectionManagerReport] = []
    package var routes: [RouteReport] = []
    package var listeners: [ListenerReport] = []
    /// What network filters count, by whole names.
    package var networkFilters: [StatisticReport] = []

    package init() {}
}

/// A counter or gauge under Envoy's name.
package struct StatisticReport: Sendable, Equatable {
    /// The name without its scope, e.g. `upstream_rq_total`.
    package var name: String
    package var isGauge: Bool
    package var value: UInt64

    package init(name: String, isGauge: Bool, value: UInt64) {
        self.name = name
        self.isGauge = isGauge
        self.value = value
    }
}

/// One cluster.
package struct ClusterReport: Sendable {
    package var name: String
    package var statistics: [StatisticReport]
    package var hasOutlierDetection: Bool
    package var endpoints: [EndpointReport]
    package var maxConnections: UInt32
    package var maxPendingRequests: UInt32
    package var maxRequests: UInt32
    package var maxRetries: UInt32

    package init(
        name: String,
        statistics: [StatisticReport] = [],
        hasOutlierDetection: Bool = false,
        endpoints: [EndpointReport] = [],
        maxConnections: UInt32 = 1024,
        maxPendingRequests: UInt32 = 1024,
        maxRequests: UInt32 = 1024,
        maxRetries: UInt32 = 3
    ) {
        self.name = name
        self.statistics = statistics
        self.hasOutlierDetection = hasOutlierDetection
        self.endpoints = endpoints
        self.maxConnections = maxConnections
        self.maxPendingRequests = maxPendingRequests
        self.maxRequests = maxRequests
        self.maxRetries = maxRetries
    }
}

/// One endpoint of a cluster.
package struct EndpointReport: Sendable {
    /// `ip:port`.
    package var address: String
    package var hostname: String
    /// As the control plane states it: `healthy`, `degraded`, `unhealthy` or `draining`.
    package var health: String
    /// Whether outlier detection keeps it out of rotation.
    package var isEjected: Bool
    package var weight: UInt32
    package var priority: Int
    package var region: String
    package var zone: String
    package var subZone: String
    package var connectionActive: UInt64
    package var connectionConnectFail: UInt64
    package var connectionTotal: UInt64
    package var requestActive: UInt64
    package var requestError: UInt64
    package var requestSuccess: UInt64
    package var requestTimeout: UInt64
    package var requestTotal: UInt64

    package init(address: String) {
        self.address = address
        hostname = ""
        health = "healthy"
        isEjected = false
        weight = 1
        priority = 0
        region = ""
        zone = ""
        subZone = ""
        connectionActive = 0
        connectionConnectFail = 0
        connectionTotal = 0
        requestActive = 0
        requestError = 0
        requestSuccess = 0
        requestTimeout = 0
        requestTotal = 0
    }

    /// Whether it takes its full part of the load.
    package var isHealthy: Bool { health == "healthy" && !isEjected }

    /// What is wrong with it, by Envoy's names; `healthy` if nothing is.
    package var healthFlags: String {
        var flags = isEjected ? "/failed_outlier_check" : ""
        switch health {
        case "unhealthy": flags += "/failed_eds_health"
        case "degraded": flags += "/degraded_eds_health"
        case "draining": flags += "/eds_status_draining"
        default: break
        }
        return flags.isEmpty ? "healthy" : flags
    }

    /// The counts by Envoy's names, in Envoy's order.
    package var counts: [(String, UInt64)] {
        [
            ("cx_active", connectionActive), ("cx_connect_fail", connectionConnectFail),
            ("cx_total", connectionTotal), ("rq_active", requestActive), ("rq_error", requestError),
            ("rq_success", requestSuccess), ("rq_timeout", requestTimeout), ("rq_total", requestTotal),
        ]
    }
}

/// The downstream side under one statistics prefix.
package struct ConnectionManagerReport: Sendable {
    package var prefix: String
    package var statistics: [StatisticReport]

    package init(prefix: String, statistics: [StatisticReport]) {
        self.prefix = prefix
        self.statistics = statistics
    }
}

/// The routes of a virtual host that count under one `stat_prefix`.
package struct RouteReport: Sendable {
    package var virtualHost: String
    package var prefix: String
    package var statistics: [StatisticReport]

    package init(virtualHost: String, prefix: String, statistics: [StatisticReport]) {
        self.virtualHost = virtualHost
        self.prefix = prefix
        self.statistics = statistics
    }
}

/// One listener.
package struct ListenerReport: Sendable {
    package var name: String
    package var address: String
    package var connectionActive: UInt64
    package var connectionTotal: UInt64
    /// Counters beyond those, by their names after the listener's.
    package var statistics: [StatisticReport] = []

    package init(name: String, address: String, connectionActive: UInt64, connectionTotal: UInt64) {
        self.name = name
        self.address = address
        self.connectionActive = connectionActive
        self.connectionTotal = connectionTotal
    }
}
