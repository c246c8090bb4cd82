package import KubernetesAPI
package import Logging
import Synchronization

/// The network of the embedded cluster: a hub namespace through which all pods are routed.
///
/// Nothing of it has a name outside: it ends with the process, or with this object and the pods' processes.
package final class ClusterNetwork: PodNetwork {
    package let addresses: ClusterAddresses
    /// The node: here the API server, the DNS server and probes have their sockets.
    package let hub: NetworkNamespace
    package var nameserver: String { addresses.nameserver.description }

    private enum Place {
        /// Being made; its address is taken.
        case coming(IPv4Address)
        case attached(IPv4Address, NetworkNamespace)

        var address: IPv4Address {
            switch self {
            case .coming(let address), .attached(let address, _): address
            }
        }
    }

    private struct State {
        var pool: PodAddressPool
        /// By the pods' uids.
        var pods: [String: Place] = [:]
    }

    private let state: Mutex<State>
    private let zone = Mutex<ClusterZone?>(nil)
    private let logger: Logger

    private init(addresses: ClusterAddresses, hub: NetworkNamespace, logger: Logger) {
        self.addresses = addresses
        self.hub = hub
        self.logger = logger
        state = Mutex(State(pool: PodAddressPool(range: addresses.pods, reserved: [addresses.hub])))
    }

    /// Makes the hub with its addresses; no Service leads anywhere before ``run(_:)``.
    package static func start(
        addresses: ClusterAddresses = ClusterAddresses(),
        logger: Logger
    ) async throws(PodNetworkError) -> ClusterNetwork {
        do {
            let hub = try await NetworkNamespace.create()
            try await hub.run {
                try KernelSetting.write("1", to: "net/ipv4/ip_forward")
                for interface in ["all", "default"] {
                    try KernelSetting.write("0", to: "net/ipv4/conf/\(interface)/rp_filter")
                    try KernelSetting.write("0", to: "net/ipv4/conf/\(interface)/send_redirects")
                    try KernelSetting.write("1", to: "net/ipv4/conf/\(interface)/proxy_arp")
                }
                try KernelSetting.write("0", to: "net/ipv4/ip_unprivileged_port_start")
                var route = try RouteSocket()
                for address in addresses.local { try route.addAddress(address, interface: 1) }
                // What has no better route is refused on its way to lo: see ServiceRuleset.
                for range in [addresses.pods, addresses.services, addresses.loadBalancers] {
                    try route.addRoute(range, interface: 1, source: addresses.hub)
                }
                try RulesetLoader.load(ServiceRuleset(ports: [], addresses: addresses).text)
            }
            return ClusterNetwork(addresses: addresses, hub: hub, logger: logger)
        } catch {
            throw PodNetworkError("the cluster's network cannot be made: \(error)")
        }
    }

    /// The same place again for a uid that has one.
    package func attach(_ pod: ObjectName, uid: String) async throws(PodNetworkError) -> PodAttachment {
        enum Start { case present(PodAttachment), taken(IPv4Address), coming, full }
        let start = state.withLock { state -> Start in
            switch state.pods[uid] {
            case .attached(let address, let namespace):
                return .present(PodAttachment(address: "\(address)", namespaceDescriptor: namespace.descriptor))
            case .coming: return .coming
            case nil:
                guard let address = state.pool.allocate(now: .now) else { return .full }
                state.pods[uid] = .coming(address)
                return .taken(address)
            }
        }
        switch start {
        case .present(let attachment): return attachment
        case .coming: throw PodNetworkError("pod \(pod) is being attached already")
        case .full: throw PodNetworkError("no address is free in \(addresses.pods)")
        case .taken(let address):
            do {
                let namespace = try await connect(address)
                let isWanted = state.withLock { state in
                    guard case .coming(address)? = state.pods[uid] else { return false }
                    state.pods[uid] = .attached(address, namespace)
                    return true
                }
                guard isWanted else {
                    await disconnect(address)
                    throw PodNetworkError("pod \(pod) was detached meanwhile")
                }
                return PodAttachment(address: "\(address)", namespaceDescriptor: namespace.descriptor)
            } catch {
                state.withLock { state in
                    guard case .coming(address)? = state.pods[uid] else { return }
                    state.pods[uid] = nil
                    state.pool.release(address, now: .now)
                }
                throw error as? PodNetworkError ?? PodNetworkError("no network for pod \(pod): \(error)")
            }
        }
    }

    /// Gives the address back after a while; the interface goes with the namespace.
    package func detach(uid: String) async {
        let place = state.withLock { state -> Place? in
            guard let place = state.pods.removeValue(forKey: uid) else { return nil }
            state.pool.release(place.address, now: .now)
            return place
        }
        guard case .attached(let address, _)? = place else { return }
        await disconnect(address)
    }

    private func connect(_ address: IPv4Address) async throws -> NetworkNamespace {
        let namespace = try await NetworkNamespace.create()
        let pair = VirtualEthernetPair(pod: address)
        let peer = namespace.descriptor
        let (addresses, gateway) = (addresses, IPv4Range(addresses.gateway, prefixLength: 32))
        try await hub.run {
            var route = try RouteSocket()
            try route.addPair(pair, peerNamespace: peer)
            let index = try Self.index(of: pair.name)
            try route.addNeighbour(address, pair.peerHardwareAddress, interface: index)
            try route.addRoute(IPv4Range(address, prefixLength: 32), interface: index, source: addresses.hub)
        }
        do {
            try await namespace.run {
                // As container runtimes do: ports below 1024 and ping need no privilege inside a pod.
                try KernelSetting.write("0", to: "net/ipv4/ip_unprivileged_port_start")
                try? KernelSetting.write("0 0", to: "net/ipv4/ping_group_range")
                var route = try RouteSocket()
                let index = try Self.index(of: pair.peerName)
                try route.addAddress(address, interface: index)
                try route.setUp(interface: index)
                try route.addNeighbour(gateway.first, pair.hardwareAddress, interface: index)
                try route.addRoute(gateway, interface: index)
                try route.addRoute(
                    IPv4Range(IPv4Address(number: 0), prefixLength: 0),
                    interface: index,
                    gateway: gateway.first
                )
            }
        } catch {
            await disconnect(address)
            throw error
        }
        return namespace
    }

    /// Also while processes of the pod still keep its namespace, so that its address is refused at once.
    private func disconnect(_ address: IPv4Address) async {
        do {
            try await hub.run {
                var route = try RouteSocket()
                try route.deleteLink(VirtualEthernetPair(pod: address).name)
            }
        } catch {
            logger.warning("a pod's interface stays", metadata: ["address": "\(address)", "error": "\(error)"])
        }
    }
}

extension ClusterNetwork {
    /// Keeps Services, their load balancer addresses and DNS up to date from the API until cancelled.
    ///
    /// Serves DNS on ``ClusterAddresses/nameserver`` port 53, UDP and TCP.
    package func run(_ api: any KubernetesAPI, upstream: UpstreamResolvers = UpstreamResolvers()) async throws {
        let udp = try await hub.bindUDP(addresses.nameserver, port: 53)
        let tcp: Int32
        do {
            tcp = try await hub.listenTCP(addresses.nameserver, port: 53)
        } catch {
            SocketDescriptor.close(udp)
            throw error
        }
        let dns = ClusterDNS(upstream: upstream, logger: logger) { [self] in zone.withLock { $0 } }
        let objects = ClusterObjects(logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await dns.run(udp: udp, tcp: tcp) }
            group.addTask { await objects.run(api) }
            group.addTask { [self] in await follow(objects, api) }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private func follow(_ objects: ClusterObjects, _ api: any KubernetesAPI) async {
        var loaded = ""
        var warned: Set<IgnoredServiceField> = []
        var pause = ChangePause(shortest: .milliseconds(20), longest: .milliseconds(500))
        for await _ in objects.changes {
            // Changes come in swarms; one replacement of the table serves them all.
            var delay = pause.length(at: .now)
            repeat {
                try? await Task.sleep(for: delay)
                guard !Task.isCancelled, let contents = objects.contents else { break }
                let began = ContinuousClock.now
                let (services, slices) = (contents.services, contents.slices)
                let fresh = ClusterZone(services: services, slices: slices, pods: contents.pods, addresses: addresses)
                zone.withLock { $0 = fresh }
                warn(of: services, warned: &warned)
                let ports = ServicePort.all(services: services, slices: slices, hub: addresses.hub)
                let isLoaded = await load(ServiceRuleset(ports: ports, addresses: addresses).text, over: &loaded)
                await assign(services, api)
                pause.worked(from: began, to: .now)
                if isLoaded { break }
                // What changed meanwhile is part of the next attempt.
                delay = min(max(delay * 2, .milliseconds(250)), .seconds(30))
            } while !Task.isCancelled
        }
    }

    /// Replaces the table; false if nft refused, so that the caller comes back.
    private func load(_ text: String, over loaded: inout String) async -> Bool {
        guard text != loaded else { return true }
        do {
            try await hub.run { try RulesetLoader.load(text) }
            loaded = text
            return true
        } catch {
            logger.error("Services are not up to date; trying again", metadata: ["error": "\(error)"])
            return false
        }
    }

    /// Names what is written and not acted on, once for each value.
    private func warn(of services: [KubernetesObject], warned: inout Set<IgnoredServiceField>) {
        let found = services.flatMap(IgnoredServiceField.all)
        for ignored in found where !warned.contains(ignored) {
            logger.warning(
                "Service field is not acted on",
                metadata: [
                    "service": "\(ignored.service)", "field": "\(ignored.field)", "value": "\(ignored.value)",
                    "instead": "\(ignored.instead)",
                ]
            )
        }
        warned = Set(found)
    }

    private func assign(_ services: [KubernetesObject], _ api: any KubernetesAPI) async {
        for change in LoadBalancerAddresses(range: addresses.loadBalancers).changes(for: services) {
            var service = change.service
            service["status", "loadBalancer"] = change.status
            do {
                _ = try await api.update(service, .services, .status)
            } catch {
                // With a conflict the newer object is on its way here.
                guard error.reason != .conflict, error.reason != .notFound else { continue }
                logger.warning(
                    "the address of a load balancer was not written",
                    metadata: ["service": "\(service.objectName)", "error": "\(error)"]
                )
            }
        }
    }
}
