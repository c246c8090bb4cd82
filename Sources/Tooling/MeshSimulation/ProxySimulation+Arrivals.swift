import MeshConfig
import MeshModel
import ProxySnapshot

/// What the sidecar of an endpoint does with a call that comes to it.
package struct CallArrival: Codable, Sendable, Hashable {
    /// `workload.namespace`
    package var workload: String
    package var result: CallResult
}

extension ProxySimulation {
    /// The other end of a call that was sent out: what the sidecars of its endpoints say, one for each workload, at most
    /// `limit`. Endpoints that answer no mutual TLS have none.
    package func arrivals(of call: SimulatedCall, _ result: CallResult, limit: Int = 4, now: Int64? = nil)
        -> [CallArrival]
    {
        guard call.mode ?? .outbound == .outbound else { return [] }
        var seen: Set<String> = []
        var arrivals: [CallArrival] = []
        for endpoint in result.explain.destinations.flatMap(\.endpoints) where arrivals.count < limit {
            guard let address = SocketAddressText(endpoint.address),
                let workload = configuration.mesh.workload(address: address.host),
                workload.labels["security.istio.io/tlsMode"] == "istio", seen.insert(endpoint.workload).inserted
            else { continue }
            let node = ProxyNode(
                kind: .sidecar,
                id: "\(workload.name).\(workload.namespace)",
                ipAddresses: [address.host],
                namespace: workload.namespace,
                dnsDomain: "\(workload.namespace).svc.\(configuration.mesh.cluster.domain)",
                labels: workload.labels
            )
            let there = ProxySimulation(configuration, node: node)
            let arriving = arrival(of: call, result, endpoint, address)
            arrivals.append(CallArrival(workload: endpoint.workload, result: there.result(of: arriving, now: now)))
        }
        return arrivals
    }

    private func arrival(
        of call: SimulatedCall,
        _ result: CallResult,
        _ endpoint: CallEndpoint,
        _ address: SocketAddressText
    ) -> SimulatedCall {
        var arriving = call
        arriving.mode = .inbound
        arriving.address = address.host
        arriving.port = address.port
        arriving.tls = endpoint.tls?.mode ?? (result.explain.transport == "passthrough" ? call.tls : .plaintext)
        if let tls = endpoint.tls {
            arriving.sni = tls.sni
            arriving.alpn = tls.alpn.joined(separator: ",")
        }
        arriving.sourcePrincipal = arriving.tls == .mtls ? configuration.mesh.principal(of: node) : nil
        arriving.sourceAddress = node.ipAddresses.first
        arriving.path = result.explain.upstreamPath ?? call.path
        for name in result.explain.requestHeadersRemoved { arriving.headers?[name] = nil }
        for (name, value) in result.explain.requestHeaders { arriving.headers?[name] = [value] }
        if let host = result.explain.upstreamHost { arriving.headers?["Host"] = [host] }
        return arriving
    }
}

/// `ip:port` or `[ip]:port`, taken apart.
private struct SocketAddressText {
    var host: String
    var port: UInt16

    init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            return nil
        }
        host = text[..<colon].filter { $0 != "[" && $0 != "]" }
        self.port = port
    }
}
