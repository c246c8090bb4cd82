import KubernetesAPI
import MeshConfig
package import MeshModel

/// Turns `--to POD.NAMESPACE`, a URL and who calls into a proxy and a call that comes to it.
package struct CalleeResolution: Sendable {
    package let node: ProxyNode
    package let call: SimulatedCall
    /// What was assumed.
    package let notes: [String]

    package init(
        to callee: String,
        from caller: String?,
        method: String,
        url: String,
        headers: [(name: String, value: String)],
        in configuration: SimulatedConfiguration
    ) throws(CallerResolution.Failure) {
        let target = try CallerResolution(from: callee, method: method, url: url, headers: headers, in: configuration)
        var notes = target.notes.filter { !$0.contains("DNS") }
        var call = target.call
        if target.node.kind == .sidecar {
            call.mode = .inbound
            call.address = target.node.ipAddresses.first
            if let parts = URLParts(url), let port = Self.port(parts, of: target.node, configuration.mesh) {
                call.port = port
            }
        }
        if let caller {
            let source = try CallerResolution(from: caller, method: method, url: url, headers: [], in: configuration)
            notes += source.notes.filter { !$0.contains("DNS") }
            call.sourceAddress = source.node.ipAddresses.first
            if target.node.kind == .sidecar { call.sourcePrincipal = configuration.mesh.principal(of: source.node) }
        }
        node = target.node
        self.call = call
        self.notes = notes
    }

    /// The port of the pod behind a port of the service that the URL names.
    private static func port(_ target: URLParts, of node: ProxyNode, _ mesh: MeshSnapshot) -> UInt16? {
        let domain = mesh.cluster.domain
        for suffix in ["", ".\(node.namespace).svc.\(domain)", ".svc.\(domain)", ".\(domain)"] {
            guard let service = mesh.service(Hostname(target.host + suffix), visibleTo: node.namespace) else {
                continue
            }
            let endpoints = mesh.endpoints(of: service, port: UInt32(target.port), unready: true)
            let own = endpoints.first { node.ipAddresses.contains("\($0.address)") }
            return own.flatMap { UInt16(exactly: $0.port) }
        }
        return nil
    }
}

extension MeshSnapshot {
    /// The identity of a proxy's workload, without `spiffe://`.
    package func principal(of node: ProxyNode) -> String {
        let account = workload(of: node)?.serviceAccount ?? ""
        return "\(mesh.trustDomain)/ns/\(node.namespace)/sa/\(account.isEmpty ? "default" : account)"
    }
}
