import MeshConfig

extension MeshChange {
    /// What differs between two snapshots; full without a snapshot before, or when mesh-wide settings changed.
    init(from previous: MeshSnapshot?, to snapshot: MeshSnapshot) {
        self.init()
        guard let previous else {
            isFull = true
            services = Set(snapshot.services.map(\.key))
            rules = Set(snapshot.virtualServices.map(\.key)).union(snapshot.destinationPolicies.flatMap(\.sources))
            objects = Set(snapshot.config.versions.keys)
            return
        }
        isFull = previous.mesh != snapshot.mesh || previous.cluster != snapshot.cluster
        objects = Self.objects(from: previous.config, to: snapshot.config)
        services = Self.changed(
            previous.services.map(\.definition),
            snapshot.services.map(\.definition),
            by: \.key
        )
        for service in snapshot.services where previous.registry.service(service.key)?.identities != service.identities
        {
            identities.insert(service.key)
        }
        rules = Self.changed(previous.virtualServices, snapshot.virtualServices, by: \.key)
        rules.formUnion(
            Self.changed(previous.destinationPolicies, snapshot.destinationPolicies, by: \.sources).flatMap(\.self)
        )
        rules.formUnion(Self.changedObjects(previous.sidecars, snapshot.sidecars, kind: .sidecar))
        rules.formUnion(Self.changedObjects(previous.gateways, snapshot.gateways, kind: .gateway))
        compareSecurity(previous, snapshot)
        rules.formUnion(
            Self.changedObjects(
                previous.peerAuthentications.all,
                snapshot.peerAuthentications.all,
                kind: .peerAuthentication
            )
        )
        rules.formUnion(Self.changedObjects(previous.config.secrets, snapshot.config.secrets, kind: .secret))
        compareEndpoints(previous.registry, snapshot)
        compareWorkloads(previous.registry, snapshot.registry)
    }

    /// Policies that changed, or whose keys or provider did. Call it when `services` is complete.
    private mutating func compareSecurity(_ previous: MeshSnapshot, _ snapshot: MeshSnapshot) {
        rules.formUnion(
            Self.changedObjects(
                previous.authorizationPolicies.all,
                snapshot.authorizationPolicies.all,
                kind: .authorizationPolicy
            )
        )
        rules.formUnion(
            Self.changedObjects(
                previous.requestAuthentications.all,
                snapshot.requestAuthentications.all,
                kind: .requestAuthentication
            )
        )
        if previous.keySets != snapshot.keySets {
            for policy in snapshot.requestAuthentications.all
            where policy.spec.jwtRules.compactMap(\.keys.location).contains(where: {
                previous.keySets[$0] != snapshot.keySets[$0]
            }) {
                rules.insert(
                    ObjectKey(kind: .requestAuthentication, namespace: policy.namespace, name: policy.name)
                )
            }
        }
        let hosts = Set(services.map(\.hostname))
        guard !hosts.isEmpty else { return }
        for policy in snapshot.authorizationPolicies.all where policy.spec.action == .custom {
            let provider = snapshot.mesh.extensionProvider(named: policy.spec.provider)?.authorization
            guard let host = provider?.service.split(separator: "/").last, hosts.contains(Hostname(String(host))) else {
                continue
            }
            rules.insert(ObjectKey(kind: .authorizationPolicy, namespace: policy.namespace, name: policy.name))
        }
    }

    private mutating func compareEndpoints(_ previous: ServiceRegistry, _ snapshot: MeshSnapshot) {
        let registry = snapshot.registry
        for key in Set(previous.endpointSets.keys).union(registry.endpointSets.keys) {
            let (old, new) = (previous.endpointSets[key] ?? [:], registry.endpointSets[key] ?? [:])
            for port in Set(old.keys).union(new.keys) where old[port]?.endpoints != new[port]?.endpoints {
                endpoints.insert(EndpointKey(service: key, port: port))
                guard let service = registry.service(key) else { continue }
                switch service.resolution {
                case .eds, .alias, .dynamicForwardProxy: break
                // Their clusters or listeners carry the endpoints themselves.
                case .strictDNS, .logicalDNS, .originalDestination: services.insert(key)
                }
            }
        }
    }

    private mutating func compareWorkloads(_ previous: ServiceRegistry, _ registry: ServiceRegistry) {
        for address in Set(previous.targets.keys).union(registry.targets.keys)
        where previous.targets[address] != registry.targets[address] {
            workloads.insert(address)
        }
        for address in Set(previous.workloads.keys).union(registry.workloads.keys) {
            let (old, new) = (previous.workloads[address], registry.workloads[address])
            if old?.labels != new?.labels || old?.source != new?.source || old?.nodeName != new?.nodeName {
                workloads.insert(address)
            }
        }
    }

    /// Keys of values that only one side has or that differ, versions included.
    private static func changed<Value: Hashable, Key: Hashable>(
        _ old: [Value],
        _ new: [Value],
        by key: (Value) -> Key
    ) -> Set<Key> {
        var before: [Key: Value] = [:]
        for value in old { before[key(value)] = value }
        var changed: Set<Key> = []
        for value in new where before.removeValue(forKey: key(value)) != value { changed.insert(key(value)) }
        return changed.union(before.keys)
    }

    private static func changedObjects<Spec>(
        _ old: [Resource<Spec>],
        _ new: [Resource<Spec>],
        kind: MeshKind
    ) -> Set<ObjectKey> {
        changed(old, new) { ObjectKey(kind: kind, namespace: $0.namespace, name: $0.name) }
    }

    private static func objects(from old: ConfigSnapshot, to new: ConfigSnapshot) -> Set<ObjectKey> {
        var changed = changedObjects(old.namespaces, new.namespaces, kind: .namespace)
        changed.formUnion(changedObjects(old.nodes, new.nodes, kind: .node))
        changed.formUnion(changedObjects(old.services, new.services, kind: .service))
        changed.formUnion(changedObjects(old.pods, new.pods, kind: .pod))
        changed.formUnion(changedObjects(old.endpointSlices, new.endpointSlices, kind: .endpointSlice))
        changed.formUnion(changedObjects(old.serviceAccounts, new.serviceAccounts, kind: .serviceAccount))
        changed.formUnion(changedObjects(old.virtualServices, new.virtualServices, kind: .virtualService))
        changed.formUnion(changedObjects(old.destinationRules, new.destinationRules, kind: .destinationRule))
        changed.formUnion(changedObjects(old.serviceEntries, new.serviceEntries, kind: .serviceEntry))
        changed.formUnion(changedObjects(old.workloadEntries, new.workloadEntries, kind: .workloadEntry))
        changed.formUnion(changedObjects(old.sidecars, new.sidecars, kind: .sidecar))
        changed.formUnion(changedObjects(old.gateways, new.gateways, kind: .gateway))
        changed.formUnion(
            changedObjects(old.authorizationPolicies, new.authorizationPolicies, kind: .authorizationPolicy)
        )
        changed.formUnion(
            changedObjects(old.requestAuthentications, new.requestAuthentications, kind: .requestAuthentication)
        )
        changed.formUnion(
            changedObjects(old.peerAuthentications, new.peerAuthentications, kind: .peerAuthentication)
        )
        changed.formUnion(changedObjects(old.secrets, new.secrets, kind: .secret))
        return changed
    }
}
