import EnvoyAPI
package import SwiftProtobuf

/// One resource of a discovery response.
package struct ResourceUpdate: Sendable {
    /// The resource name; `nil` in state-of-the-world responses, where the resource bears it.
    package var name: String?
    package var version: String
    package var resource: Google_Protobuf_Any

    package init(name: String?, version: String, resource: Google_Protobuf_Any) {
        self.name = name
        self.version = version
        self.resource = resource
    }
}

/// Turns xDS resources into snapshots: validates each once, keeps the last good version of each, and publishes only
/// what is warm, as Envoy does.
///
/// A cluster is warm when its EDS arrived, a listener when the route tables it names arrived; until then the previous
/// version stays. Confine it to the discovery client.
package struct SnapshotBuilder: Sendable {
    private var reader = ResourceReader()
    private var clusters = WarmingSet<Cluster>()
    private var listeners = WarmingSet<ListenerResource>()
    private var routes: [String: Accepted<RouteConfiguration>] = [:]
    private var assignments: [String: Accepted<LoadAssignment>] = [:]
    private var secrets: [String: Accepted<TLSSecret>] = [:]
    private var refused: [ResourceKey: Rejection] = [:]
    private var warned: [ResourceKey: [String]] = [:]
    private var generation: UInt64 = 0
    private var settingsRevision: UInt64 = 0
    private var isChanged = false
    /// Where the proxy is, if it is to know its like.
    private let localLocality: Locality?
    private let secretFault: @Sendable (TLSSecret) -> String?

    /// - Parameters:
    ///   - localLocality: where the proxy is, for one that asks for the endpoints of its local cluster, by which zones are
    ///     weighed; nil for others.
    ///   - secretFault: why nothing can be served with a secret, in words that hold nothing of it; nil if it can.
    package init(
        localLocality: Locality? = nil,
        secretFault: @escaping @Sendable (TLSSecret) -> String? = { _ in nil }
    ) {
        self.localLocality = localLocality
        self.secretFault = secretFault
    }

    /// Takes a delta update (for state of the world, name the missing ones in `removed`).
    ///
    /// Route tables and endpoints stay while something wants them, even if the control plane removes them, as in Envoy.
    ///
    /// - Returns: the resources that were refused, each with its reason; all others are accepted.
    package mutating func apply(
        _ kind: ResourceKind,
        upserts: [ResourceUpdate],
        removed: [String] = []
    ) -> [Rejection] {
        var rejections: [Rejection] = []
        for (position, update) in upserts.enumerated() {
            var name = update.name ?? "resources[\(position)]"
            reader.begin()
            do {
                try accept(kind, update, &name)
                let key = ResourceKey(kind: kind, name: name)
                refused[key] = nil
                warned[key] = reader.warnings.isEmpty ? nil : reader.warnings
            } catch {
                let rejection = Rejection(kind: kind, name: name, reason: error.reason)
                refused[ResourceKey(kind: kind, name: name)] = rejection
                rejections.append(rejection)
            }
        }
        for name in removed { remove(kind, name) }
        warmUp()
        return rejections
    }

    /// The RDS names that accepted listeners ask for.
    package var wantedRoutes: Set<String> {
        listeners.all.reduce(into: []) { $0.formUnion($1.value.wantedRoutes) }
    }

    /// The EDS names that accepted clusters ask for.
    package var wantedEndpoints: Set<String> {
        Set(clusters.all.compactMap(\.value.edsName) + (localLocality == nil ? [] : [LocalCluster.name]))
    }

    /// The secrets that accepted resources ask the control plane for; the agent's own are not among them.
    package var wantedSecrets: Set<String> {
        var names: Set<String> = []
        for entry in clusters.all {
            for settings in entry.value.tlsSettings { names.formUnion(settings.core.discoveredSecrets) }
        }
        for entry in listeners.all {
            for chain in entry.value.listener.allFilterChains {
                if let settings = chain.transportSocket.settings { names.formUnion(settings.core.discoveredSecrets) }
            }
        }
        return names
    }

    /// What accepted resources ask for and the proxy leaves out, in order of kinds and names.
    package var warnings: [ResourceWarning] {
        warned.sorted { $0.key < $1.key }.flatMap { key, reasons in
            reasons.map { ResourceWarning(kind: key.kind, name: key.name, reason: $0) }
        }
    }

    /// The resources whose newest version was refused, in order of kinds and names.
    package var rejections: [Rejection] {
        refused.sorted { $0.key < $1.key }.map(\.value)
    }

    /// The accepted resources that still wait for others: clusters for EDS, listeners for RDS.
    package var warming: [ResourceKind: [String]] {
        let isLocalClusterMissing = localLocality != nil && assignments[LocalCluster.name] == nil
        let clusters = clusters.pending.keys.sorted() + (isLocalClusterMissing ? [LocalCluster.name] : [])
        return [.cluster: clusters, .listener: listeners.pending.keys.sorted()]
            .filter { !$0.value.isEmpty }
    }

    /// The next snapshot, or `nil` when nothing that is served changed since the last.
    package mutating func snapshot() -> ProxySnapshot? {
        guard isChanged else { return nil }
        isChanged = false
        generation += 1
        var clusterSlots = [Cluster?](repeating: nil, count: reader.clusterSlots.names.count)
        for entry in clusters.active.values { clusterSlots[entry.value.index.slot] = entry.value }
        var tables = [RouteConfiguration?](repeating: nil, count: reader.routeSlots.names.count)
        for (name, table) in routes {
            if let slot = reader.routeSlots.existingSlot(for: name) { tables[Int(slot)] = table.value }
        }
        return ProxySnapshot(
            generation: generation,
            listeners: listeners.active.sorted { $0.key < $1.key }.map(\.value.value.listener),
            routeConfigurationSlots: tables,
            clusterSlots: clusterSlots,
            clusterNames: reader.clusterSlots.names,
            localCluster: localLocality.flatMap { locality in
                assignments[LocalCluster.name].map { LocalCluster(locality: locality, endpoints: $0.value) }
            },
            secrets: secrets.mapValues(\.value),
            versions: [
                .cluster: clusters.active.mapValues(\.version),
                .listener: listeners.active.mapValues(\.version),
                .routeConfiguration: routes.mapValues(\.version),
                .loadAssignment: assignments.mapValues(\.version),
                .secret: secrets.mapValues(\.version),
            ]
        )
    }
}

extension SnapshotBuilder {
    private mutating func accept(
        _ kind: ResourceKind,
        _ update: ResourceUpdate,
        _ name: inout String
    ) throws(InvalidResource) {
        switch kind {
        case .cluster:
            let message = try reader.unpack(update.resource, Envoy_Config_Cluster_V3_Cluster.self)
            try take(message.name, for: &name, update)
            settingsRevision += 1
            let cluster = try reader.cluster(from: message, settingsRevision: settingsRevision)
            clusters.pending[name] = Accepted(value: cluster, version: update.version)
        case .loadAssignment:
            let message = try reader.unpack(update.resource, Envoy_Config_Endpoint_V3_ClusterLoadAssignment.self)
            try take(message.clusterName, for: &name, update)
            let value = try reader.loadAssignment(message, allowsNames: false)
            assignments[name] = Accepted(value: value, version: update.version)
            if localLocality != nil, name == LocalCluster.name { isChanged = true }
            for (cluster, entry) in clusters.active where entry.value.edsName == name {
                clusters.active[cluster]?.value = entry.value.with(endpoints: value)
                isChanged = true
            }
        case .listener:
            let message = try reader.unpack(update.resource, Envoy_Config_Listener_V3_Listener.self)
            try take(message.name, for: &name, update)
            let listener = try reader.listener(from: message)
            let resource = ListenerResource(listener: listener, wantedRoutes: reader.wantedRoutes)
            listeners.pending[name] = Accepted(value: resource, version: update.version)
        case .routeConfiguration:
            let message = try reader.unpack(update.resource, Envoy_Config_Route_V3_RouteConfiguration.self)
            try take(message.name, for: &name, update)
            let table = try reader.routeConfiguration(from: message)
            if message.validateClusters.value { try checkClusters(of: table) }
            _ = reader.routeSlots.slot(for: name)
            routes[name] = Accepted(value: table, version: update.version)
            isChanged = true
        case .secret:
            let message = try reader.unpack(update.resource, Envoy_Extensions_TransportSockets_Tls_V3_Secret.self)
            try take(message.name, for: &name, update)
            let secret = try reader.secret(from: message)
            // One that is taken and cannot be used would end what the one of before serves.
            if let fault = secretFault(secret) { throw reader.invalid("", fault) }
            secrets[name] = Accepted(value: secret, version: update.version)
            isChanged = true
        }
    }

    /// Settles the name of the resource being read.
    private func take(_ own: String, for name: inout String, _ update: ResourceUpdate) throws(InvalidResource) {
        guard !own.isEmpty else { throw reader.invalid("name", "is empty") }
        guard update.name == nil || update.name == own else {
            throw reader.invalid("name", "the resource calls itself \"\(own)\"")
        }
        name = own
    }

    private func checkClusters(of table: RouteConfiguration) throws(InvalidResource) {
        for index in table.referencedClusters {
            let name = reader.clusterSlots.names[index.slot]
            guard clusters.active[name] == nil, clusters.pending[name] == nil else { continue }
            throw reader.invalid("virtual_hosts", "unknown cluster \"\(name)\"")
        }
    }

    private mutating func remove(_ kind: ResourceKind, _ name: String) {
        let key = ResourceKey(kind: kind, name: name)
        switch kind {
        case .cluster: if clusters.remove(name) { isChanged = true }
        case .listener: if listeners.remove(name) { isChanged = true }
        case .loadAssignment: if wantedEndpoints.contains(name) { return }
        case .routeConfiguration: if wantedRoutes.contains(name) { return }
        case .secret: if secrets.removeValue(forKey: name) != nil { isChanged = true }
        }
        refused[key] = nil
        warned[key] = nil
    }

    /// Promotes what has become warm and lets go of what nothing wants any more.
    private mutating func warmUp() {
        for (name, entry) in clusters.pending {
            var entry = entry
            if let service = entry.value.edsName {
                guard let assignment = assignments[service] else { continue }
                entry.value = entry.value.with(endpoints: assignment.value)
            }
            clusters.promote(name, entry)
            isChanged = true
        }
        for (name, entry) in listeners.pending
        where entry.value.wantedRoutes.allSatisfy({ routes[$0] != nil }) {
            listeners.promote(name, entry)
            isChanged = true
        }
        let endpoints = wantedEndpoints
        for name in assignments.keys where !endpoints.contains(name) { assignments[name] = nil }
        let tables = wantedRoutes
        for name in routes.keys where !tables.contains(name) {
            routes[name] = nil
            isChanged = true
        }
    }
}
