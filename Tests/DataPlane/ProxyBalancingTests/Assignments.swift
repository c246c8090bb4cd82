import ProxySnapshot

/// Clusters of endpoints at port 9000, written the way a table has them.
struct ClusterRow {
    /// One endpoint.
    struct Host {
        var address: String
        var weight: UInt32 = 1
        var health: EndpointHealth = .healthy
    }

    /// One locality at a priority; the localities of a priority stand together.
    struct Place {
        var hosts: [Host]
        var weight: UInt32?
        var priority = 0
    }

    var places: [Place]
    var isLocalityWeighted = false

    init(_ hosts: [Host]) { places = [Place(hosts: hosts)] }

    init(_ places: [Place], isLocalityWeighted: Bool = false) {
        self.places = places
        self.isLocalityWeighted = isLocalityWeighted
    }

    /// `127.0.1.1`, `127.0.1.2` ... with the weights or healths given.
    init(weights: [UInt32]) {
        self.init(weights.enumerated().map { Host(address: "127.0.1.\($0 + 1)", weight: $1) })
    }

    init(health: [EndpointHealth]) {
        self.init(health.enumerated().map { Host(address: "127.0.1.\($0 + 1)", health: $1) })
    }

    func cluster(
        _ policy: BalancingPolicy,
        slowStart: SlowStart? = nil,
        panicThreshold: Double = 50
    ) -> Cluster {
        var endpoints: [Endpoint] = []
        var localities: [LocalityEndpoints] = []
        var priorities: [Range<Int>] = []
        for (index, place) in places.enumerated() {
            let start = endpoints.count
            endpoints += place.hosts.map { host in
                let address = IPAddress(host.address) ?? IPAddress(v4: 0)
                return Endpoint(
                    address: .socket(SocketAddressValue(address: address, port: 9000)),
                    weight: host.weight,
                    health: host.health,
                    priority: place.priority
                )
            }
            localities.append(
                LocalityEndpoints(
                    locality: Locality(region: "r\(index)"),
                    priority: place.priority,
                    weight: place.weight,
                    range: start..<endpoints.count
                )
            )
            if place.priority == priorities.count { priorities.append(index..<index) }
            priorities[place.priority] = priorities[place.priority].lowerBound..<(index + 1)
        }
        return Cluster(
            name: "c",
            index: ClusterIndex(rawValue: 0),
            balancing: policy,
            slowStart: slowStart,
            endpoints: LoadAssignment(localities: localities, endpoints: endpoints, priorities: priorities),
            panicThreshold: panicThreshold,
            isLocalityWeighted: isLocalityWeighted
        )
    }
}
