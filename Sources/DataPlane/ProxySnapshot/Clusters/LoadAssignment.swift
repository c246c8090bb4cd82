/// A cluster's endpoints: a validated `ClusterLoadAssignment`, flattened.
///
/// `endpoints` is sorted by priority, then locality, so that both are index ranges.
package final class LoadAssignment: Sendable {
    /// The localities by ascending priority.
    package let localities: [LocalityEndpoints]
    /// All endpoints; balancers key their state by this index.
    package let endpoints: [Endpoint]
    /// For each priority from 0 on: its range in `localities`.
    package let priorities: [Range<Int>]
    /// Percent; 140 lets 72 % of a priority carry all of its load.
    package let overprovisioningFactor: UInt32

    package init(
        localities: [LocalityEndpoints] = [],
        endpoints: [Endpoint] = [],
        priorities: [Range<Int>] = [],
        overprovisioningFactor: UInt32 = 140
    ) {
        self.localities = localities
        self.endpoints = endpoints
        self.priorities = priorities
        self.overprovisioningFactor = overprovisioningFactor
    }
}

/// The endpoints of one locality at one priority.
package struct LocalityEndpoints: Sendable, Equatable {
    /// Where they are.
    package var locality: Locality
    /// Their priority, 0 first.
    package var priority: Int
    /// The locality's weight, for locality-weighted balancing.
    package var weight: UInt32?
    /// Where they lie in `LoadAssignment.endpoints`.
    package var range: Range<Int>

    package init(locality: Locality, priority: Int, weight: UInt32?, range: Range<Int>) {
        self.locality = locality
        self.priority = priority
        self.weight = weight
        self.range = range
    }
}

/// `envoy.config.core.v3.Locality`; ordered by region, zone and sub-zone.
package struct Locality: Sendable, Hashable, Comparable {
    /// The region.
    package var region: String
    /// The zone.
    package var zone: String
    /// The sub-zone.
    package var subZone: String

    package init(region: String = "", zone: String = "", subZone: String = "") {
        self.region = region
        self.zone = zone
        self.subZone = subZone
    }

    /// By region first.
    package static func < (left: Locality, right: Locality) -> Bool {
        (left.region, left.zone, left.subZone) < (right.region, right.zone, right.subZone)
    }
}

/// A validated `LbEndpoint`.
package final class Endpoint: Sendable {
    /// Where to connect.
    package let address: EndpointAddress
    /// For automatic host rewrites.
    package let hostname: String
    /// At least 1.
    package let weight: UInt32
    /// As the control plane sees it.
    package let health: EndpointHealth
    /// 0 first.
    package let priority: Int
    /// Where it is.
    package let locality: Locality
    /// What balancing and telemetry need to know about it.
    package let metadata: EndpointMetadata

    package init(
        address: EndpointAddress,
        hostname: String = "",
        weight: UInt32 = 1,
        health: EndpointHealth = .healthy,
        priority: Int = 0,
        locality: Locality = Locality(),
        metadata: EndpointMetadata = EndpointMetadata()
    ) {
        self.address = address
        self.hostname = hostname
        self.weight = weight
        self.health = health
        self.priority = priority
        self.locality = locality
        self.metadata = metadata
    }
}

/// The endpoint metadata that is read.
package struct EndpointMetadata: Sendable, Equatable {
    /// `envoy.transport_socket_match` / `tlsMode`.
    package var tlsMode: String
    /// `istio` / `workload`: `name;namespace;canonical-name;canonical-revision;cluster`.
    package var workload: String

    package init(tlsMode: String = "", workload: String = "") {
        self.tlsMode = tlsMode
        self.workload = workload
    }
}

/// Where an endpoint is.
package enum EndpointAddress: Sendable, Hashable {
    case socket(SocketAddressValue)
    /// To be resolved: only in DNS clusters.
    case name(String, port: UInt16)
    /// A Unix domain socket.
    case pipe(String)
}

/// An endpoint's health as EDS states it. `unknown` counts as healthy, `timeout` as unhealthy.
package enum EndpointHealth: Sendable, Equatable {
    case healthy
    case degraded
    case unhealthy
    case draining
}
