internal import NIOCore
internal import NIOPosix
internal import ProxySnapshot

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// Resolves the names of STRICT_DNS and LOGICAL_DNS clusters on blocking threads, again and again.
///
/// A name that stops resolving keeps its last addresses. Never on an event loop.
actor HostResolver {
    private let fleet: WorkerFleet
    private let threads = NIOThreadPool(numberOfThreads: 2)
    private var tasks: [ClusterIndex: (cluster: Cluster, task: Task<Void, Never>)] = [:]

    init(_ fleet: WorkerFleet) {
        self.fleet = fleet
        threads.start()
    }

    /// Resolves what a snapshot's clusters name, and no longer what it does not.
    func follow(_ snapshot: ProxySnapshot) {
        var gone = Set(tasks.keys)
        for cluster in snapshot.clusters {
            let options: DNSOptions
            switch cluster.kind {
            case .strictDNS(let found), .logicalDNS(let found): options = found
            case .eds, .static, .originalDestination: continue
            }
            gone.remove(cluster.index)
            if let known = tasks[cluster.index] {
                if known.cluster === cluster { continue }
                known.task.cancel()
            }
            tasks[cluster.index] = (cluster, Task { await self.keepResolving(cluster, options) })
        }
        for index in gone { tasks.removeValue(forKey: index)?.task.cancel() }
    }

    func stop() async {
        for entry in tasks.values { entry.task.cancel() }
        tasks = [:]
        try? await threads.shutdownGracefully()
    }

    private func keepResolving(_ cluster: Cluster, _ options: DNSOptions) async {
        var last: [String: [IPAddress]] = [:]
        while !Task.isCancelled {
            for case .name(let host, _) in cluster.endpoints.endpoints.map(\.address) {
                let addresses = (try? await threads.runIfActive { Self.lookUp(host, options.family) }) ?? []
                if !addresses.isEmpty { last[host] = addresses }
            }
            if !Task.isCancelled {
                fleet.resolve(cluster.index, Self.assignment(cluster, last, isLogical: cluster.isLogicalDNS))
            }
            guard (try? await Task.sleep(for: max(options.refreshRate, .seconds(1)))) != nil else { return }
        }
    }

    /// The assignment with names replaced by all their addresses, or for LOGICAL_DNS by the first.
    static func assignment(_ cluster: Cluster, _ known: [String: [IPAddress]], isLogical: Bool) -> LoadAssignment {
        let old = cluster.endpoints
        var endpoints: [Endpoint] = []
        var localities: [LocalityEndpoints] = []
        for locality in old.localities {
            let start = endpoints.count
            for endpoint in old.endpoints[locality.range] {
                guard case .name(let host, let port) = endpoint.address else {
                    endpoints.append(endpoint)
                    continue
                }
                for address in (known[host] ?? []).prefix(isLogical ? 1 : Int.max) {
                    endpoints.append(
                        Endpoint(
                            address: .socket(SocketAddressValue(address: address, port: port)),
                            hostname: endpoint.hostname.isEmpty ? host : endpoint.hostname,
                            weight: endpoint.weight,
                            health: endpoint.health,
                            priority: endpoint.priority,
                            locality: endpoint.locality,
                            metadata: endpoint.metadata
                        )
                    )
                }
            }
            var next = locality
            next.range = start..<endpoints.count
            localities.append(next)
        }
        return LoadAssignment(
            localities: localities,
            endpoints: endpoints,
            priorities: old.priorities,
            overprovisioningFactor: old.overprovisioningFactor
        )
    }

    private static func lookUp(_ host: String, _ family: DNSLookupFamily) -> [IPAddress] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_family =
            switch family {
            case .v4Only: AF_INET
            case .v6Only: AF_INET6
            case .auto, .v4Preferred, .all: AF_UNSPEC
            }
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, nil, &hints, &list) == 0 else { return [] }
        defer { freeaddrinfo(list) }
        var found: [IPAddress] = []
        var entry = list
        while let current = entry {
            if let bytes = bytes(of: current.pointee), let address = IPAddress(bytes: bytes), !found.contains(address) {
                found.append(address)
            }
            entry = current.pointee.ai_next
        }
        let v4 = found.filter { !$0.isIPv6 }
        let v6 = found.filter(\.isIPv6)
        switch family {
        case .v4Only, .v6Only, .all: return found
        case .auto: return v6.isEmpty ? v4 : v6
        case .v4Preferred: return v4.isEmpty ? v6 : v4
        }
    }

    /// The address inside a `sockaddr_in` (offset 4) or `sockaddr_in6` (offset 8).
    private static func bytes(of info: addrinfo) -> [UInt8]? {
        guard let address = info.ai_addr else { return nil }
        let raw = UnsafeRawBufferPointer(start: address, count: Int(info.ai_addrlen))
        switch info.ai_family {
        case AF_INET where raw.count >= 8: return Array(raw[4..<8])
        case AF_INET6 where raw.count >= 24: return Array(raw[8..<24])
        default: return nil
        }
    }
}

extension Cluster {
    fileprivate var isLogicalDNS: Bool {
        if case .logicalDNS = kind { true } else { false }
    }
}
