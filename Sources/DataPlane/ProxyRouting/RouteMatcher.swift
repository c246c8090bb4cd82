package import HTTPWire
package import ProxySnapshot

/// Finds the route of a request: virtual host by Host, then the first route whose criteria all hold, then the cluster.
///
/// Pure: randomness comes in as one number per request, which decides runtime fractions and splits alike, as in Envoy.
/// No allocation but for headers that repeat and for clusters named by a header.
package enum RouteMatcher {
    /// Decides where `head` goes. The head's path must be normalised already; `metadata` is what filters left.
    package static func decide(
        _ head: borrowing RequestHead,
        table: RouteConfiguration,
        snapshot: ProxySnapshot,
        metadata: RequestMetadata = RequestMetadata(),
        random: UInt64
    ) -> RouteOutcome {
        guard let position = virtualHostPosition(head, table: table) else { return .noVirtualHost }
        let host = table.virtualHosts[position]
        if host.requireTLS != .none, requiresTLS(head, host) { return .tlsRequired(host) }
        guard let index = firstMatch(head, host: host, metadata: metadata, random: random) else {
            return .noRoute(host)
        }
        let route = host.routes[index]
        guard case .forward(let action) = route.action else {
            return .matched(RouteDecision(table: table, virtualHost: host, route: route, cluster: nil))
        }
        let (cluster, entry) = chooseCluster(action, head, snapshot, random)
        return .matched(
            RouteDecision(table: table, virtualHost: host, route: route, cluster: cluster, weightedEntry: entry)
        )
    }

    /// The position of the virtual host that serves the request's Host.
    package static func virtualHostPosition(_ head: borrowing RequestHead, table: RouteConfiguration) -> Int? {
        guard let authority = head.authority else {
            return table.hosts.position(of: UnsafeRawBufferPointer(start: nil, count: 0))
        }
        return head.headers.withBytes(authority) { host in
            table.hosts.position(of: table.ignoresPortInHostMatching ? HostHeader(host).hostBytes : host)
        }
    }

    /// The position of the first route of `host` that matches.
    package static func firstMatch(
        _ head: borrowing RequestHead,
        host: VirtualHost,
        metadata: RequestMetadata = RequestMetadata(),
        random: UInt64
    ) -> Int? {
        let path = head.pathWithoutQuery ?? ByteRange(offset: 0, length: 0)
        for index in host.routes.indices
        where mismatch(head, path: path, match: host.routes[index].match, metadata: metadata, random: random) == nil {
            return index
        }
        return nil
    }

    /// Whether a virtual host's TLS requirement holds against this request: by `x-forwarded-proto`, else the scheme.
    private static func requiresTLS(_ head: borrowing RequestHead, _ host: VirtualHost) -> Bool {
        let forwarded = head.headers.isPresent(KnownHeader.xForwardedProto)
        if head.headers.value(of: forwarded ? .xForwardedProto : .scheme, equals: "https") { return false }
        switch host.requireTLS {
        case .none: return false
        case .all: return true
        case .externalOnly: return !head.headers.value(of: .xEnvoyInternal, equals: "true")
        }
    }

    private static func chooseCluster(
        _ action: RouteAction,
        _ head: borrowing RequestHead,
        _ snapshot: ProxySnapshot,
        _ random: UInt64
    ) -> (ClusterIndex?, Int?) {
        switch action.cluster {
        case .cluster(let index):
            return (index, nil)
        case .weighted(let split):
            let entry = split.entry(random: random)
            guard split.entries.indices.contains(entry) else { return (nil, nil) }
            return (split.entries[entry].cluster, entry)
        case .header(let name):
            guard let range = head.headers.value(of: name) else { return (nil, nil) }
            return (snapshot.clusterIndex(named: head.headers.string(range)), nil)
        }
    }
}

extension WeightedClusters {
    /// The position of the entry whose share `random` falls into.
    package func entry(random: UInt64) -> Int {
        // The parser gives a total above zero; a hand-made value must not trap either.
        var left = random % UInt64(max(total, 1))
        for index in entries.indices {
            let weight = UInt64(entries[index].weight)
            if left < weight { return index }
            left &-= weight
        }
        return max(entries.count &- 1, 0)
    }
}
