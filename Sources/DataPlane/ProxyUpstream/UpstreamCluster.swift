internal import NIOCore
package import ProxyBalancing
package import ProxySnapshot

/// One cluster as one worker sees it: endpoints with their pools, the balancer's state and the counters.
package final class UpstreamCluster {
    package let name: String
    /// The name as `%UPSTREAM_CLUSTER%` prints it.
    package let nameBytes: ContiguousArray<UInt8>
    package let counters = ClusterCounters()
    /// The resource behind it.
    package private(set) var cluster: Cluster
    package private(set) var settings: UpstreamSettings
    /// The endpoints in the order of the load assignment; nil for names that are not resolved.
    package private(set) var endpoints: ContiguousArray<UpstreamEndpoint?> = []

    private let breakers: CircuitBreakers
    private let breaker: SharedCircuitBreaker
    /// What the retry budget goes by, if that is not the requests in flight.
    private var retryWindow: RetryWindow?
    private var balancer: LoadBalancer
    private var localCluster: LocalCluster?
    private var outliers: OutlierWatch?
    private var reports: LoadReportBook?
    /// When the weights are made of the reports again, in the worker's milliseconds.
    private var weighsAt = Int64.max
    /// Whether a choice depends on what endpoints answered before.
    private var isWatching = false
    private unowned let worker: Worker
    private var byAddress: [EndpointAddress: UpstreamEndpoint] = [:]
    private var originalDestinations: [SocketAddressValue: UpstreamEndpoint] = [:]
    private var resolved: LoadAssignment?
    private var activeMirrors = 0
    private static let mostMirrors = 1024

    init(_ cluster: Cluster, localCluster: LocalCluster? = nil, breakers: CircuitBreakers, worker: Worker) {
        name = cluster.name
        nameBytes = ContiguousArray(cluster.name.utf8)
        self.cluster = cluster
        self.breakers = breakers
        breaker = breakers.breaker(for: cluster.name)
        self.localCluster = localCluster
        self.worker = worker
        settings = UpstreamSettings(cluster)
        balancer = LoadBalancer(
            cluster: cluster,
            start: worker.index,
            tables: worker.hashTables,
            localCluster: localCluster,
            now: worker.clock.milliseconds
        )
        join()
        adopt(cluster.endpoints)
    }

    // MARK: Configuration

    /// Takes a new version; endpoints that remain keep their pools unless other settings changed.
    func update(_ new: Cluster, localCluster newLocalCluster: LocalCluster? = nil) {
        let isSamePlace = newLocalCluster?.isSame(as: localCluster) ?? (localCluster == nil)
        guard new !== cluster || !isSamePlace else { return }
        let isReplaced = new.settingsRevision != cluster.settingsRevision
        cluster = new
        localCluster = newLocalCluster
        settings = UpstreamSettings(new)
        if isReplaced {
            retireAll()
            join()
        }
        switch new.kind {
        case .strictDNS, .logicalDNS: break
        // Once named, the endpoints are given now.
        case .eds, .static, .originalDestination: resolved = nil
        }
        adopt(resolved ?? new.endpoints)
    }

    /// Takes the addresses a DNS cluster's names resolved to.
    func resolve(_ assignment: LoadAssignment) {
        resolved = assignment
        adopt(assignment)
    }

    /// The cluster is gone: connections under way finish, no new ones open.
    func retireAll() {
        for (address, endpoint) in byAddress {
            endpoint.pool.retire()
            outliers?.leave(address)
        }
        for endpoint in originalDestinations.values { endpoint.pool.retire() }
        byAddress = [:]
        originalDestinations = [:]
        endpoints = []
    }

    private func adopt(_ assignment: LoadAssignment) {
        let served = assignment === cluster.endpoints ? cluster : cluster.with(endpoints: assignment)
        balancer.update(to: served, localCluster: localCluster, now: worker.clock.milliseconds)
        let isFirst = byAddress.isEmpty
        var kept: [EndpointAddress: UpstreamEndpoint] = [:]
        endpoints.removeAll(keepingCapacity: true)
        for (index, endpoint) in assignment.endpoints.enumerated() {
            let known =
                kept[endpoint.address]
                ?? byAddress[endpoint.address].flatMap { old in
                    old.transportSocket == cluster.transportSocket(for: endpoint.metadata) ? old : nil
                }
            guard let adopted = known ?? makeEndpoint(endpoint.address, endpoint) else {
                endpoints.append(nil)
                continue
            }
            adopted.endpoint = endpoint
            adopted.load = balancer.loads.indices.contains(index) ? balancer.loads[index] : nil
            kept[endpoint.address] = adopted
            endpoints.append(adopted)
        }
        for (address, endpoint) in byAddress where kept[address] !== endpoint {
            endpoint.pool.retire()
            outliers?.leave(address)
        }
        byAddress = kept
        adoptEjections()
        guard let reports else { return }
        let now = worker.clock.milliseconds
        // Until the first look at the reports the assignment's weights count.
        if isFirst { weighsAt = now &+ reports.rule.updateMilliseconds } else { weigh(reports, now) }
    }

    // MARK: Choosing

    /// The endpoint for the next request; nil if none is fit (response flag UH).
    ///
    /// `hash` is for policies that choose by one; at random without.
    package func choose(random: inout RandomSource, hash: UInt64? = nil) -> UpstreamEndpoint? {
        let now = prepareChoice()
        return endpoint(at: balancer.pick(&random, hash: hash, now: now))
    }

    /// The endpoint for another try: not one of `tried`, if `attempts` more draws find another, and of no priority that is
    /// excluded. `refused` grows by the draws that hit one of `tried`.
    package func choose(
        random: inout RandomSource,
        hash: UInt64?,
        avoiding tried: [UpstreamEndpoint],
        attempts: Int,
        excluding priorities: PrioritySet,
        refused: inout UInt16
    ) -> UpstreamEndpoint? {
        let now = prepareChoice()
        return endpoint(
            at: balancer.pick(
                &random,
                hash: hash,
                avoiding: tried.compactMap(\.load),
                attempts: attempts,
                excluding: priorities,
                now: now,
                refused: &refused
            )
        )
    }

    /// Takes over what other workers have ejected; the time, where a choice depends on it.
    private func prepareChoice() -> Int64 {
        if isWatching { takeNews() }
        return settings.hasSlowStart ? worker.now : 0
    }

    private func takeNews() {
        if let outliers, outliers.hasNews() { adoptEjections() }
        if let reports, worker.now >= weighsAt { weigh(reports, worker.now) }
    }

    private func weigh(_ reports: LoadReportBook, _ now: Int64) {
        weighsAt = now &+ max(1, reports.rule.updateMilliseconds)
        balancer.setWeights(by: reports.rule, of: endpoints.map { $0?.reports?.reported }, now: now)
    }

    private func endpoint(at index: Int?) -> UpstreamEndpoint? {
        guard let index, index < endpoints.count else { return nil }
        return endpoints[index]
    }

    /// Endpoints that were out of rotation when somebody last chose; for the records of requests.
    package private(set) var ejectedCount = 0

    /// Whether a request's hash decides about its endpoint.
    package var balancesByHash: Bool { cluster.balancing.hashes }

    /// Shares with the other workers what this version of the cluster has them know together.
    private func join() {
        let now = worker.clock.milliseconds
        outliers = worker.outliers.detector(for: cluster, now: now)
            .map { OutlierWatch($0, counters: counters, worker: worker) }
        reports = worker.reports.book(for: cluster)
        isWatching = outliers != nil || reports != nil
        retryWindow = breakers.retryWindow(for: cluster, now: now)
    }

    /// Takes over which endpoints the proxy has ejected.
    private func adoptEjections() {
        // A retired cluster has no endpoints any more, and a request that began with it may still choose.
        balancer.setEjected(now: worker.clock.milliseconds) { index in
            index < endpoints.count && endpoints[index]?.isEjected ?? false
        }
        ejectedCount = balancer.loads.count { $0.isEjected }
    }

    /// The endpoint at a connection's original destination.
    package func endpoint(at destination: SocketAddressValue) -> UpstreamEndpoint? {
        if let known = originalDestinations[destination] { return known }
        guard let endpoint = makeEndpoint(.socket(destination), nil) else { return nil }
        originalDestinations[destination] = endpoint
        return endpoint
    }

    private func makeEndpoint(_ address: EndpointAddress, _ endpoint: Endpoint?) -> UpstreamEndpoint? {
        let socket: SocketAddress? =
            switch address {
            case .socket(let value): SocketAddress(value)
            case .pipe(let path): try? SocketAddress(unixDomainSocketPath: path)
            case .name: nil
            }
        return socket.map {
            UpstreamEndpoint(
                address: $0,
                endpoint: endpoint,
                cluster: self,
                worker: worker,
                // Original destinations are asked whatever is known about them.
                outliers: endpoint == nil ? nil : outliers,
                reports: endpoint == nil ? nil : reports
            )
        }
    }

    /// Forgets original destinations nobody uses; called now and then. True when some are left.
    func forgetUnusedDestinations() -> Bool {
        guard !originalDestinations.isEmpty else { return false }
        originalDestinations = originalDestinations.filter { !$0.value.pool.isEmpty || $0.value.activeRequests > 0 }
        return !originalDestinations.isEmpty
    }

    /// Original destinations in use, for the admin pages.
    package var destinations: [UpstreamEndpoint] { Array(originalDestinations.values) }

    // MARK: Circuit breaking

    /// Takes a unit: nil if the breaker is open, else whether the unit must be given back.
    @inline(__always)
    func take(_ resource: BreakerResource) -> Bool? {
        let limit =
            switch resource {
            case .connections: settings.thresholds.maxConnections
            case .pendingRequests: settings.thresholds.maxPendingRequests
            case .requests: settings.thresholds.maxRequests
            case .retries: settings.thresholds.maxRetries
            }
        let held = breaker.take(resource, limit: limit)
        guard resource == .requests || resource == .pendingRequests, settings.thresholds.retryBudget != nil else {
            return held
        }
        return countForRetries(resource, held)
    }

    /// Counts what a retry budget is a share of.
    private func countForRetries(_ resource: BreakerResource, _ held: Bool?) -> Bool? {
        if let retryWindow {
            // Those that wait will be counted when they have a connection.
            if resource == .requests, held != nil { retryWindow.note(now: worker.clock.milliseconds) }
            return held
        }
        guard held == false else { return held }
        // Unlimited, and not counted otherwise.
        breaker.count(resource)
        return true
    }

    func give(_ resource: BreakerResource) { breaker.give(resource) }

    /// Takes the right to one more copy of a request; false if so many are under way that the mirror must be slow or dead.
    ///
    /// The budget is this worker's: mirrors have nothing to do with the limits of requests that somebody waits for.
    package func takeMirror() -> Bool {
        guard activeMirrors < Self.mostMirrors else {
            counters.add(.mirrorOverflow)
            return false
        }
        activeMirrors &+= 1
        return true
    }

    /// A copy that `takeMirror` allowed is over.
    package func giveMirror() { activeMirrors &-= 1 }

    /// Takes the right to one retry: nil if the retries in flight are as many as allowed, else whether to give it back.
    package func takeRetry() -> Bool? {
        let held: Bool?
        if let budget = settings.thresholds.retryBudget {
            held =
                retryWindow.map { breaker.takeRetry(budget, requests: $0.requests(now: worker.clock.milliseconds)) }
                ?? breaker.takeRetry(budget)
        } else {
            held = take(.retries)
        }
        if held == nil { counters.add(.upstreamRequestRetryOverflow) }
        return held
    }

    /// Gives back what `takeRetry` answered true for.
    package func giveRetry() { give(.retries) }

    /// Takes a connection that no pool keeps: nil if the breaker is open, else whether it must be given back.
    package func takeConnection() -> Bool? {
        let held = take(.connections)
        if held == nil { counters.add(.upstreamConnectionOverflow) }
        return held
    }

    /// Gives back what `takeConnection` answered true for.
    package func giveConnection() { give(.connections) }
}
