import EnvoyAPI
import MeshConfig
import MeshModel
import SwiftProtobuf

/// Endpoints of outbound clusters as one proxy sees them (Istio `EndpointBuilder`).
struct EndpointAssignments {
    let view: ProxyView

    /// Assignment of a cluster by name; empty for one the proxy does not know, so that a cluster can always warm.
    func assignment(clusterNamed name: String) -> XDS.ClusterLoadAssignment {
        var assignment = XDS.ClusterLoadAssignment()
        if name == WellKnownName.localCluster {
            assignment.endpoints = LocalityGroups(Neighbours(view).endpoints).all.map(\.localityLbEndpoints)
        } else if let parts = ClusterName.parseOutbound(name),
            let service = view.scope.service(for: Hostname(parts.host)), service.port(parts.port) != nil
        {
            let rule = view.scope.destinationPolicy(for: service.hostname)
            let subset = rule?.subset(named: parts.subset)
            if parts.subset.isEmpty || subset != nil {
                assignment = self.assignment(
                    of: service,
                    port: parts.port,
                    subset: subset,
                    policy: view.trafficPolicy(rule, subset: parts.subset, port: parts.port)
                )
            }
        }
        assignment.clusterName = name
        return assignment
    }

    /// Endpoints grouped by locality and ordered by distance; `resolvesNames` for clusters whose endpoints are names.
    func assignment(
        of service: Service,
        port: UInt32,
        subset: Subset?,
        policy: TrafficPolicy?,
        resolvesNames: Bool = false
    ) -> XDS.ClusterLoadAssignment {
        var seen: Set<WorkloadEndpoint.Key> = []
        var endpoints = view.endpoints(
            of: service,
            port: port,
            labels: subset?.labels ?? [:],
            unready: service.trafficDistribution != nil
        ).filter { endpoint in
            endpoint.isUsable(resolvesNames: resolvesNames) && seen.insert(endpoint.key).inserted
        }
        for index in endpoints.indices {
            // A rule's word counts before what the endpoint says of itself (Istio `mtlsChecker`).
            let isMutual = policy?.tls.map { $0.mode == .istioMutual } ?? endpoints[index].answersMutualTLS
            endpoints[index].tlsMode = isMutual ? "istio" : "disabled"
        }
        if service.publishesNotReady { for index in endpoints.indices { endpoints[index].health = .healthy } }
        let groups = LocalityGroups(endpoints).arranged(
            for: view,
            preference: LocalityPreference(policy?.loadBalancer, service: service, mesh: view.mesh),
            ejects: policy?.outlierDetection != nil
        )
        var assignment = XDS.ClusterLoadAssignment()
        assignment.endpoints = groups.map(\.localityLbEndpoints)
        return assignment
    }
}

extension XDS.ClusterLoadAssignment {
    /// LOGICAL_DNS knows one name only; Envoy refuses more.
    mutating func keepFirstEndpoint() {
        guard var group = endpoints.first(where: { !$0.lbEndpoints.isEmpty }) else { return }
        group.lbEndpoints = Array(group.lbEndpoints.prefix(1))
        group.priority = 0
        endpoints = [group]
    }
}

extension WorkloadEndpoint {
    fileprivate struct Key: Hashable {
        var address: Address
        var port: UInt32
    }

    fileprivate var key: Key { Key(address: address, port: port) }

    /// Whether Envoy takes the address: EDS wants addresses, names go with DNS clusters.
    fileprivate func isUsable(resolvesNames: Bool) -> Bool {
        switch address {
        case .ip(let text): IPAddress.isValid(text) && (1...65535).contains(port)
        case .dns(let text): resolvesNames && !text.isEmpty && !text.contains("*") && (1...65535).contains(port)
        case .unix(let path): !resolvesNames && !path.isEmpty
        }
    }

    /// The endpoint as Envoy has it, with what telemetry and mutual TLS choose by (Istio `buildEnvoyLbEndpoint`).
    var lbEndpoint: XDS.LbEndpoint {
        var result = XDS.LbEndpoint()
        switch address {
        case .ip(let text), .dns(let text): result.endpoint.address = XDS.Address(text, port: port)
        case .unix(let path): result.endpoint.address = XDS.Address(pipe: path)
        }
        result.healthStatus = health == .healthy ? .healthy : .unhealthy
        result.loadBalancingWeight = .init(max(1, weight))
        if !tlsMode.isEmpty && tlsMode != "disabled" {
            var match = Google_Protobuf_Struct()
            match.fields["tlsMode"] = .init(stringValue: tlsMode)
            result.metadata.filterMetadata["envoy.transport_socket_match"] = match
        }
        let canonicalName =
            labels["service.istio.io/canonical-name"] ?? labels["app.kubernetes.io/name"] ?? labels["app"]
            ?? workloadName
        let revision =
            labels["service.istio.io/canonical-revision"] ?? labels["app.kubernetes.io/version"] ?? labels["version"]
            ?? ""
        // `latest` is what readers assume anyway.
        let said = revision == "latest" ? "" : revision
        let workload = [workloadName, namespace, canonicalName, said, cluster].joined(separator: ";")
        result.metadata.setIstio("workload", .init(stringValue: workload))
        return result
    }
}
