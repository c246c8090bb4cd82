import EnvoyAPI
import MeshConfig
import MeshModel
import SwiftProtobuf

/// Clusters of what a proxy may call: one for each port of a service, and one more for each subset (Istio
/// `buildOutboundClusters`).
struct OutboundClusters {
    let view: ProxyView

    /// Clusters in the scope's order of services; names are unique.
    func clusters() -> [XDS.Cluster] {
        view.scope.services.filter { $0.resolution != .alias }.flatMap { service in
            let policy = view.scope.destinationPolicy(for: service.hostname)
            return service.ports.filter { $0.protocol != .udp }.flatMap { port in
                clusters(of: service, port: port, policy: policy)
            }
        }
    }

    private func clusters(of service: Service, port: Service.Port, policy: DestinationPolicy?) -> [XDS.Cluster] {
        var result: [XDS.Cluster] = []
        if let cluster = cluster(of: service, port: port, subset: nil, policy: policy) { result.append(cluster) }
        for subset in policy?.subsets ?? [] {
            if let cluster = cluster(of: service, port: port, subset: subset, policy: policy) { result.append(cluster) }
        }
        return result
    }

    /// One cluster; nil for a DNS cluster without a name to resolve, which Envoy refuses.
    private func cluster(
        of service: Service,
        port: Service.Port,
        subset: Subset?,
        policy: DestinationPolicy?
    ) -> XDS.Cluster? {
        let name = ClusterName.outbound(port: port.number, subset: subset?.name ?? "", host: service.hostname.text)
        let effective = view.trafficPolicy(policy, subset: subset?.name, port: port.number)
        var draft = ClusterDraft(name: name, type: discoveryType(of: service), mesh: view.mesh)
        draft.nameStatistics(view.mesh.outboundClusterStatName, service, port: port, subset: subset?.name ?? "")
        draft.speak(port.protocol, isSidecar: view.node.kind == .sidecar)
        draft.upgrade(effective?.connectionPool, port: port.protocol, mesh: view.mesh)
        draft.apply(effective?.connectionPool, retryBudget: effective?.retryBudget, mesh: view.mesh)
        draft.apply(effective?.outlierDetection)

        switch draft.cluster.type {
        case .strictDns, .logicalDns:
            guard effective?.loadBalancer?.simple != .passthrough else { break }
            let isLogical = draft.cluster.type == .logicalDns
            var assignment = EndpointAssignments(view: view)
                .assignment(of: service, port: port.number, subset: subset, policy: effective, resolvesNames: true)
            assignment.clusterName = name
            if isLogical { assignment.keepFirstEndpoint() }
            guard assignment.endpoints.contains(where: { !$0.lbEndpoints.isEmpty }) else { return nil }
            draft.cluster.loadAssignment = assignment
            draft.resolveNames(view)
        case .originalDst:
            if service.registry == .external, let target = port.overriddenTarget {
                draft.cluster.originalDstLbConfig.upstreamPortOverride = .init(target)
            }
        case .static, .eds, .UNRECOGNIZED: break
        }
        draft.apply(effective?.loadBalancer, service: service, mesh: view.mesh)
        draft.secure(
            view.outboundTLS(to: service, port: port.number, rule: policy, policy: effective),
            service: service,
            port: port,
            subset: subset?.name ?? "",
            view: view
        )

        draft.cluster.metadata.setServices([service])
        if service.isMeshExternal && subset == nil { draft.cluster.metadata.setIstio("external", true) }
        if let policy {
            let rule = policy.metadata
            let path = IstioMetadata.path(.destinationRule, namespace: rule.namespace, name: rule.name)
            draft.cluster.metadata.setIstio("config", .init(stringValue: path))
            if let part = policy.part(of: nil, subset: subset?.name, port: port.number) {
                draft.cluster.metadata.setRule(part.path)
                // Istio names the first of rules that were merged.
                if part.object != policy.sources.first { draft.cluster.metadata.setObject(part.object) }
            }
        }
        if let subset { draft.cluster.metadata.setIstio("subset", .init(stringValue: subset.name)) }
        return draft.build()
    }

    /// How Envoy finds the endpoints (rule 34; Istio `convertResolution`).
    private func discoveryType(of service: Service) -> XDS.Cluster.DiscoveryType {
        switch service.resolution {
        case .eds, .alias: .eds
        case .strictDNS: .strictDns
        case .logicalDNS: .logicalDns
        // A captured call carries the address its caller resolved, which is what dynamic DNS would find.
        case .originalDestination, .dynamicForwardProxy: view.node.kind == .router ? .eds : .originalDst
        }
    }
}

extension Service.Port {
    /// Port of the endpoints where it differs from the service's.
    fileprivate var overriddenTarget: UInt32? {
        guard case .int(let target) = targetPort, let target = UInt32(exactly: target), target != number else {
            return nil
        }
        return target
    }
}

extension ClusterDraft {
    /// How names are resolved (Istio `buildCluster`): by TTL, with a little jitter, in the proxy's address family.
    fileprivate mutating func resolveNames(_ view: ProxyView) {
        let hasV4 = view.node.ipAddresses.contains(where: IPAddress.isV4)
        let hasV6 = view.node.ipAddresses.contains(where: IPAddress.isV6)
        cluster.dnsLookupFamily = hasV4 && hasV6 ? .all : hasV6 ? .v6Only : .v4Only
        cluster.dnsJitter = .init(.milliseconds(100))
        let rate = view.mesh.dnsRefreshRate
        cluster.dnsRefreshRate = .init(rate > .milliseconds(1) ? rate : .seconds(60))
        cluster.respectDnsTtl = true
    }
}

extension XDS.Metadata {
    /// Services a cluster stands for (Istio `addTelemetryMetadata`).
    mutating func setServices(_ services: [Service]) {
        var list = Google_Protobuf_ListValue()
        var seen: Set<Hostname> = []
        for service in services where seen.insert(service.hostname).inserted {
            var entry = Google_Protobuf_Struct()
            entry.fields["host"] = .init(stringValue: service.hostname.text)
            entry.fields["name"] = .init(stringValue: service.name)
            entry.fields["namespace"] = .init(stringValue: service.namespace)
            list.values.append(.init(structValue: entry))
        }
        setIstio("services", .init(listValue: list))
    }
}
