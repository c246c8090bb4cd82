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
    /// A question, which several clusters may ask.
    private struct Name: Hashable {
        var host: String
        var family: DNSLookupFamily
    }

    private let publish: @Sendable (ClusterIndex, LoadAssignment) -> Void
    private let lookUp: @Sendable (String, DNSLookupFamily) -> [IPAddress]
    private let sleep: @Sendable (Duration) async throws -> Void
    private let threads = NIOThreadPool(numberOfThreads: 4)
    private var tasks: [ClusterIndex: (cluster: Cluster, task: Task<Void, Never>)] = [:]
    /// The last addresses of what was asked; empty if there were none yet.
    private var known: [Name: [IPAddress]] = [:]

    /// `publish` gets a cluster's addresses whenever they change; `sleep` is the time between look-ups.
    init(
        lookUp: @escaping @Sendable (String, DNSLookupFamily) -> [IPAddress] = HostResolver.systemAddresses,
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) },
        publish: @escaping @Sendable (ClusterIndex, LoadAssignment) -> Void
    ) {
        self.publish = publish
        self.lookUp = lookUp
        self.sleep = sleep
        threads.start()
    }

    /// Asks for what a snapshot names for the first time, and waits for the answers for so long: a cluster that is served
    /// before its names are known has no endpoint for the first requests (Envoy warms it).
    func prepare(_ snapshot: ProxySnapshot, atMost limit: Duration) async {
        let new = Set(snapshot.clusters.flatMap(Self.names)).filter { known[$0] == nil }
        guard !new.isEmpty else { return }
        let (answers, answered) = AsyncStream.makeStream(of: Void.self)
        for name in new {
            Task {
                await self.ask(name)
                answered.yield()
            }
        }
        let timer = Task {
            try? await Task.sleep(for: limit)
            answered.finish()
        }
        var left = new.count
        for await _ in answers {
            left -= 1
            if left == 0 { break }
        }
        timer.cancel()
    }

    /// Resolves what a snapshot's clusters name, and no longer what it does not.
    func follow(_ snapshot: ProxySnapshot) {
        var gone = Set(tasks.keys)
        var asked: Set<Name> = []
        for cluster in snapshot.clusters {
            guard let options = cluster.dnsOptions else { continue }
            asked.formUnion(Self.names(of: cluster))
            gone.remove(cluster.index)
            if let known = tasks[cluster.index] {
                if known.cluster === cluster { continue }
                known.task.cancel()
            }
            let addresses = answers(for: cluster)
            // Also without any: a name that nobody knows must not be chosen in place of the addresses beside it.
            publish(cluster.index, Self.assignment(cluster, addresses))
            let task = Task { await self.keepResolving(cluster, options, published: addresses) }
            tasks[cluster.index] = (cluster, task)
        }
        for index in gone { tasks.removeValue(forKey: index)?.task.cancel() }
        known = known.filter { asked.contains($0.key) }
    }

    func stop() async {
        for entry in tasks.values { entry.task.cancel() }
        tasks = [:]
        try? await threads.shutdownGracefully()
    }

    private func keepResolving(_ cluster: Cluster, _ options: DNSOptions, published: [String: [IPAddress]]) async {
        var published = published
        // What is known was asked for a moment ago.
        var isDue = published.isEmpty
        while !Task.isCancelled {
            if isDue {
                for name in Self.names(of: cluster) { await ask(name) }
                let addresses = answers(for: cluster)
                if !Task.isCancelled, addresses != published {
                    published = addresses
                    publish(cluster.index, Self.assignment(cluster, addresses))
                }
            }
            isDue = true
            guard (try? await sleep(max(options.refreshRate, .seconds(1)))) != nil else { return }
        }
    }

    private func ask(_ name: Name) async {
        let lookUp = lookUp
        let found = (try? await threads.runIfActive { lookUp(name.host, name.family) }) ?? []
        if !found.isEmpty || known[name] == nil { known[name] = found }
    }

    /// The addresses of a cluster's names as far as there are any; in an order that says nothing where all are used.
    private func answers(for cluster: Cluster) -> [String: [IPAddress]] {
        var found: [String: [IPAddress]] = [:]
        for name in Self.names(of: cluster) {
            guard let addresses = known[name], !addresses.isEmpty else { continue }
            found[name.host] =
                cluster.isLogicalDNS ? Array(addresses.prefix(1)) : addresses.sorted { "\($0)" < "\($1)" }
        }
        return found
    }

    private static func names(of cluster: Cluster) -> [Name] {
        guard let family = cluster.dnsOptions?.family else { return [] }
        return cluster.endpoints.endpoints.compactMap { endpoint in
            guard case .name(let host, _) = endpoint.address else { return nil }
            return Name(host: host, family: family)
        }
    }

    /// The assignment with names replaced by all their addresses, or for LOGICAL_DNS by the first.
    static func assignment(_ cluster: Cluster, _ known: [String: [IPAddress]]) -> LoadAssignment {
        let isLogical = cluster.isLogicalDNS
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

    /// The system's answer: `/etc/hosts`, then DNS.
    static func systemAddresses(_ host: String, _ family: DNSLookupFamily) -> [IPAddress] {
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

    fileprivate var dnsOptions: DNSOptions? {
        switch kind {
        case .strictDNS(let options), .logicalDNS(let options): options
        case .eds, .static, .originalDestination: nil
        }
    }
}
