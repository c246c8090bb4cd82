import MeshConfig
package import MeshModel
import XDSGeneration

/// Whether the way a proxy calls services goes with what their workloads accept, port by port (as `istioctl authn
/// tls-check` told up to Istio 1.4). Pure.
package struct MutualTLSCheck {
    let configuration: SimulatedConfiguration
    let view: ProxyView
    let caller: String
    let hasProxy: Bool
    let showsPlaces: Bool

    /// Looks from `node`, called `caller` in notes. Without a proxy (`hasProxy` false) calls are as the application makes
    /// them. Places of objects are told if they came from files.
    package init(
        _ configuration: SimulatedConfiguration,
        node: ProxyNode,
        caller: String,
        hasProxy: Bool = true,
        showsPlaces: Bool = true
    ) {
        self.configuration = configuration
        view = ProxyView(node, in: configuration.mesh)
        self.caller = caller
        self.hasProxy = hasProxy
        self.showsPlaces = showsPlaces
    }

    /// Services the proxy knows, by name; those of other meshes' servers, which accept what they like, left out.
    package var services: [Service] {
        let known = hasProxy ? view.scope.services : configuration.mesh.services(visibleTo: view.node.namespace)
        return known.filter { $0.resolution != .alias && !$0.isMeshExternal }.sorted { $0.key < $1.key }
    }

    /// The service that the caller's DNS and the mesh mean by `host`; nil for none.
    package func service(_ host: String) -> Service? {
        let domain = configuration.mesh.cluster.domain
        for suffix in ["", ".\(view.node.namespace).svc.\(domain)", ".svc.\(domain)", ".\(domain)"] {
            let found = configuration.mesh.service(Hostname(host + suffix), visibleTo: view.node.namespace)
            guard let found else { continue }
            return found.aliasTarget.flatMap { configuration.mesh.service($0.hostname, namespace: $0.namespace) }
                ?? found
        }
        return nil
    }

    /// One row for each port of a service, and more where its workloads or the subsets differ.
    package func rows(of service: Service) -> [Row] {
        let known = hasProxy && view.scope.service(for: service.hostname) != nil
        var rows: [Row] = []
        for port in service.ports where port.protocol != .udp {
            let whole = rowsOfPort(service, port, subset: nil, known)
            rows += whole
            guard known else { continue }
            for subset in view.scope.destinationPolicy(for: service.hostname)?.subsets ?? []
            where subset.trafficPolicy != nil {
                // A subset without words of its own on TLS is called like the whole.
                let of = part(service, port, subset: subset.name)
                guard let of, of != part(service, port, subset: nil) else { continue }
                rows += rowsOfPort(service, port, subset: subset, known)
            }
        }
        return rows
    }

    // MARK: One port

    private func rowsOfPort(_ service: Service, _ port: Service.Port, subset: Subset?, _ known: Bool) -> [Row] {
        var call = Call(service: service, port: port)
        call.outbound = known ? view.outboundTLS(to: service, port: port.number, subset: subset?.name) : .plaintext
        call.rule = known ? part(service, port, subset: subset?.name) : nil
        call.settings = known ? settings(service, port, subset: subset?.name) : nil
        call.isKnown = known
        var rows: [Row] = []
        for server in servers(of: service, port: port, labels: subset?.labels ?? [:]) {
            let row = row(call, server, subset: subset?.name)
            if !rows.contains(row) { rows.append(row) }
        }
        return rows
    }

    private func row(_ call: Call, _ server: Server, subset: String?) -> Row {
        let client = client(call, server)
        let isConflict = Self.conflicts(client, server.state, isHTTP: call.port.protocol.isHTTP)
        var row = Row(
            host: call.service.hostname.text,
            port: call.port.number,
            subset: subset,
            status: isConflict ? .conflict : .ok,
            server: server.state.word,
            client: client.word
        )
        row.authenticationPolicy = server.source.map(Self.name)
        row.destinationRule = call.rule.map { Self.name($0.object) }
        if server.isGuessed {
            row.notes.append(
                "there are no endpoints; its workloads are taken to have proxies and the labels of its selector"
            )
        }
        if isConflict { row.notes.append(advice(call, client, server)) }
        return row
    }

    /// What a call comes with at one server.
    private func client(_ call: Call, _ server: Server) -> Client {
        switch call.outbound {
        case .plaintext: .plaintext
        case .automatic: server.answersMutualTLS ? .mutual : .plaintext
        case .mesh: .mutual
        case .origination: .origination
        }
    }

    /// Whether what the client comes with is refused or not understood.
    static func conflicts(_ client: Client, _ server: ServerState, isHTTP: Bool) -> Bool {
        switch (client, server) {
        case (.plaintext, .strict), (.origination, .strict): true
        case (.mutual, .disabled), (.mutual, .noProxy): true
        // A port of connections passes foreign TLS on to the application, one of requests does not understand it.
        case (.origination, .disabled), (.origination, .permissive): isHTTP
        default: false
        }
    }

    /// The states of the workloads behind a port, each once.
    private func servers(of service: Service, port: Service.Port, labels: [String: String]) -> [Server] {
        guard !service.isMeshExternal else { return [Server(state: .external)] }
        let mesh = configuration.mesh
        let endpoints = mesh.endpoints(of: service, port: port.number, labels: labels, unready: true)
        guard !endpoints.isEmpty else {
            let policy = mesh.mutualTLS(namespace: service.namespace, labels: service.selector.merging(labels) { $1 })
            var target = port.number
            if case .int(let number) = port.targetPort, let number = UInt32(exactly: number) { target = number }
            let mode = policy.mode(port: target)
            return [
                Server(
                    state: ServerState(mode),
                    source: policy.source(port: target),
                    answersMutualTLS: mode != .disable,
                    isGuessed: true
                )
            ]
        }
        var servers: [Server] = []
        for endpoint in endpoints {
            let policy = mesh.mutualTLS(namespace: endpoint.namespace, labels: endpoint.labels)
            let server =
                endpoint.tlsMode == "istio"
                ? Server(
                    state: ServerState(endpoint.acceptedTLS),
                    source: policy.source(port: endpoint.port),
                    answersMutualTLS: endpoint.answersMutualTLS
                ) : Server(state: .noProxy)
            if !servers.contains(server) { servers.append(server) }
        }
        return servers
    }

    // MARK: Rules

    private func part(_ service: Service, _ port: Service.Port, subset: String?) -> DestinationPolicyPart? {
        view.scope.destinationPolicy(for: service.hostname)?.part(of: .tls, subset: subset, port: port.number)
    }

    private func settings(_ service: Service, _ port: Service.Port, subset: String?) -> ClientTLSSettings? {
        let rule = view.scope.destinationPolicy(for: service.hostname)
        return view.trafficPolicy(rule, subset: subset, port: port.number)?.tls
    }

    /// `NAME/NAMESPACE`, as istioctl had it.
    private static func name(_ key: ObjectKey) -> String { "\(key.name)/\(key.namespace)" }
}
