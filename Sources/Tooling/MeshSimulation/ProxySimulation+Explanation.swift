import HTTPWire
import MeshConfig
import MeshModel
import ProxyBalancing
import ProxyRouting
import ProxySnapshot
import XDSGeneration

extension ProxySimulation {
    func explain(_ proxy: TCPProxy, _ result: inout CallResult) {
        switch proxy.cluster {
        case .cluster(let index):
            explain([(index, 1)], status: nil, &result)
        case .weighted(let entries):
            let total = entries.reduce(0) { $0 + Double($1.weight) }
            explain(entries.map { ($0.cluster, Double($0.weight) / max(total, 1)) }, status: nil, &result)
        }
    }

    /// Which route was matched, and whose it is.
    func locate(_ decision: RouteDecision, _ result: inout CallResult) {
        let route = decision.route
        result.virtualHost = decision.virtualHost.name
        result.route = route.name
        if let source = route.configSource {
            let object = configuration.object(atConfigSource: source)
            result.explain.object = object.map { $0.key.description } ?? source
            let rule = object.flatMap { self.rule(route.configRule, of: $0.key) }
            result.explain.rule = rule == nil ? nil : route.configRule.map { "spec.\($0)" }
            result.explain.location = (rule?.source ?? object?.metadata.source)?.description
            if let rule, let object, let path = route.configRule {
                result.explain.policies += policies(of: rule, object: object.key, path: path)
            }
        }
    }

    func explain(_ decision: RouteDecision, _ head: RequestHead, _ call: SimulatedCall, _ result: inout CallResult) {
        let host = decision.virtualHost
        let route = decision.route
        locate(decision, &result)
        result.explain.passedOver = passedOver(head, host, before: host.routes.firstIndex { $0 === route } ?? 0)
        result.explain.responseHeaders = responseHeaders(decision, head)
        switch route.action {
        case .redirect(let redirect):
            result.explain.status = Int(redirect.status)
            let location = RedirectLocation.of(redirect, head: head, match: route.match)
            result.explain.redirect = String(decoding: location, as: UTF8.self)
        case .directResponse(let response):
            result.explain.status = Int(response.status)
        case .forward(let action):
            explainForwarding(action, decision, head, &result)
        }
        // Faults come before all else, so one that strikes every request is the answer.
        if let abort = decision.fault?.abort, abort.percentage.percent >= 100 {
            result.explain.fault = decision.fault.map(\.text)
            // gRPC hears of it in `grpc-status`.
            let isGRPC = call.header("content-type")?.hasPrefix("application/grpc") ?? false
            result.explain.status = isGRPC ? 200 : Int(abort.status)
            result.explain.reason = "fault"
            result.explain.message = "the rule's fault answers every request"
        }
    }

    /// The rule of a VirtualService that became a route; with delegates merged in, so that it names the delegate's line.
    private func rule(_ path: String?, of key: ObjectKey) -> HTTPRoute? {
        guard let path, path.hasPrefix("http["), path.hasSuffix("]"), let index = Int(path.dropFirst(5).dropLast())
        else {
            return nil
        }
        let rules = configuration.mesh.scope(for: node).virtualServices.first { $0.key == key }?.spec.http ?? []
        return rules.indices.contains(index) ? rules[index] : nil
    }

    private func explainForwarding(
        _ action: RouteAction,
        _ decision: RouteDecision,
        _ head: RequestHead,
        _ result: inout CallResult
    ) {
        result.explain.timeout = action.timeout.map { "\($0)" }
        result.explain.retries = action.retryPolicy.map { retry in
            let limit = retry.perTryTimeout.map { ", each at most \($0)" } ?? ""
            return "\(retry.retries) on \(retry.conditions.names.joined(separator: ","))\(limit)"
        }
        result.explain.mirrors = action.mirrors.map { "\(name(of: $0.cluster)) (\($0.fraction.percent) %)" }
        result.explain.fault = decision.fault.map(\.text)
        let upstream = explainUpstreamHead(decision, head, &result)
        // Which address the caller has is not part of a pretend call.
        let hash = BalancingHash(action.hashPolicy, request: upstream) {
            BalancingHash.Caller(address: [], connection: (remote: [], local: []))
        }
        // A cookie that is made for the occasion says nothing of the next.
        let value = hash.cookies.isEmpty ? hash.value : nil
        switch action.cluster {
        case .cluster(let index):
            explain([(index, 1)], status: action.clusterNotFoundStatus, hash: value, &result)
        case .weighted(let split):
            let total = Double(max(split.total, 1))
            let shares = split.entries.map { ($0.cluster, Double($0.weight) / total) }
            explain(shares, status: action.clusterNotFoundStatus, hash: value, &result)
        case .header(let header):
            guard let index = decision.cluster else {
                result.explain.reason = "noCluster"
                result.explain.message = "header \(header) names no cluster"
                return
            }
            explain([(index, 1)], status: action.clusterNotFoundStatus, hash: value, &result)
        }
    }

    /// The head as the upstream gets it, as far as the route decides it.
    private func explainUpstreamHead(
        _ decision: RouteDecision,
        _ head: RequestHead,
        _ result: inout CallResult
    ) -> RequestHead {
        var upstream = head
        let context = HeaderValueContext()
        decision.finalizeRequest(&upstream, keepsOriginals: false, context: context)
        result.explain.upstreamPath = upstream.path.map { upstream.headers.string($0) }
        result.explain.upstreamHost = upstream.authority.map { upstream.headers.string($0) }
        let before = Dictionary(head.headers.lines.map { ($0.name, $0.value) }) { "\($0),\($1)" }
        let after = Dictionary(upstream.headers.lines.map { ($0.name, $0.value) }) { "\($0),\($1)" }
        result.explain.requestHeaders = after.filter { $0.key != "host" && before[$0.key] != $0.value }
        result.explain.requestHeadersRemoved = before.keys.filter { after[$0] == nil }.sorted()
        return upstream
    }

    private func responseHeaders(_ decision: RouteDecision, _ head: RequestHead) -> [String: String] {
        var response = ResponseHead()
        decision.finalizeResponse(&response, request: head.headers, context: HeaderValueContext())
        // The proxy puts its own name there, whatever the route says.
        response.headers.remove(.server)
        return Dictionary(response.headers.lines.map { ($0.name, $0.value) }) { "\($0),\($1)" }
    }

    // MARK: Clusters and endpoints

    private func explain(
        _ shares: [(ClusterIndex, Double)],
        status: UInt16?,
        hash: UInt64? = nil,
        _ result: inout CallResult
    ) {
        result.cluster = shares.first.map { name(of: $0.0) } ?? ""
        var missing: [String] = []
        var empty: [String] = []
        for (index, share) in shares {
            guard let cluster = snapshot.cluster(at: index) else {
                missing.append(name(of: index))
                continue
            }
            let endpoints = endpoints(of: cluster, share: share, hash: hash, isHTTP: status != nil)
            result.explain.policies += policies(ofCluster: cluster.name)
            result.explain.notes += warnings.filter { $0.kind == .cluster && $0.name == cluster.name }
                .map { "\(cluster.name): \($0.reason)" }
            if endpoints.isEmpty, cluster.choosesEndpoints, share > 0 { empty.append(cluster.name) }
            result.explain.destinations.append(
                CallDestination(
                    cluster: cluster.name,
                    subset: ClusterName.parseOutbound(cluster.name)?.subset ?? "",
                    share: share,
                    endpoints: endpoints,
                    tls: endpoints.isEmpty ? EndpointTLS(cluster.transportSocket(for: nil), isHTTP: status != nil) : nil
                )
            )
        }
        if let first = missing.first {
            result.explain.reason = "noCluster"
            result.explain.status = status.map(Int.init)
            result.explain.message = "cluster \(first) does not exist; is its subset defined by a DestinationRule?"
        } else if let first = empty.first {
            result.explain.reason = "noHealthyUpstream"
            result.explain.status = status == nil ? nil : 503
            result.explain.message = "cluster \(first) has no healthy endpoint"
        }
        if shares.count == 1, result.cluster == "BlackHoleCluster" { result.explain.reason = "blackHole" }
    }

    /// The endpoints a call may go to with their shares; the one that its hash leads to, where a hash decides.
    private func endpoints(of cluster: Cluster, share: Double, hash: UInt64?, isHTTP: Bool) -> [CallEndpoint] {
        var balancer = LoadBalancer(cluster: cluster, localCluster: snapshot.localCluster)
        var shares = balancer.shares
        if let hash, cluster.balancing.hashes {
            var random = RandomSource(seed: 0)
            let choice = balancer.pick(&random, hash: hash)
            shares = shares.indices.map { $0 == choice ? 1 : 0 }
        }
        return zip(cluster.endpoints.endpoints, shares).compactMap { endpoint, part in
            guard part > 0 else { return nil }
            var workload = ""
            if case .socket(let address) = endpoint.address {
                workload =
                    configuration.mesh.workload(address: address.address.description)
                    .map { "\($0.name).\($0.namespace)" } ?? ""
            }
            return CallEndpoint(
                address: endpoint.address.text,
                workload: workload,
                share: share * part,
                priority: endpoint.priority,
                locality: [endpoint.locality.region, endpoint.locality.zone, endpoint.locality.subZone]
                    .filter { !$0.isEmpty }.joined(separator: "/"),
                tls: EndpointTLS(cluster.transportSocket(for: endpoint.metadata), isHTTP: isHTTP)
            )
        }
    }

    private func name(of index: ClusterIndex) -> String { snapshot.clusterName(at: index) }
}

extension Cluster {
    /// False for clusters that take the address from the call or from DNS.
    fileprivate var choosesEndpoints: Bool {
        switch kind {
        case .eds, .static: name != "BlackHoleCluster"
        case .strictDNS, .logicalDNS, .originalDestination: false
        }
    }
}

extension HTTPFault {
    fileprivate var text: String {
        var parts: [String] = []
        if let delay { parts.append("delay \(delay.duration) for \(delay.percentage.percent) %") }
        if let abort { parts.append("abort \(abort.status) for \(abort.percentage.percent) %") }
        return parts.joined(separator: ", ")
    }
}
