import HTTPWire
import MeshConfig
import MeshModel
import ProxyFilters
import ProxyRouting
import ProxySnapshot

extension ProxySimulation {
    /// What the proxy does with one call; `now` in seconds since 1970, by which tokens are judged, nil leaves their times
    /// aside.
    package func result(of call: SimulatedCall, now: Int64? = nil) -> CallResult {
        var result = CallResult()
        result.explain.notes = notes(call)
        guard let listener = listener(for: call) else {
            return result.failing(.noListener, "noListener", noListenerMessage(call))
        }
        result.listener = listener.name
        if let policy = mutualTLSPolicy(call) { result.explain.policies.append(policy) }
        let connection = facts(of: call, at: listener)
        let chain: FilterChain
        switch listener.filterChain(for: connection) {
        case .matched(let found), .defaultChain(let found): chain = found
        case .ambiguous(let chains):
            let names = chains.map(\.name).joined(separator: ", ")
            return result.failing(.multipleFilterChain, "multipleFilterChain", "the filter chains \(names) all match")
        case .none:
            let kind = call.security == .plaintext ? "plaintext" : "TLS"
            let message = "no filter chain of \(listener.name) matches a connection in \(kind)"
            return result.failing(.noFilterChain, "noFilterChain", message)
        }
        result.filterChain = chain.name
        if let mismatch = mismatch(of: call, with: chain) {
            return result.failing(mismatch.error, mismatch.reason, mismatch.message)
        }
        let facts = downstreamFacts(of: call, connection, chain)
        result.explain.transport = transport(of: call, at: chain)
        result.explain.peer = facts.peer?.principal.map { String(decoding: $0, as: UTF8.self) }
        var admission = CallAdmission(configuration: configuration, node: node, facts: facts, now: now)
        guard admission.admitConnection(chain.guards) else {
            admission.tell(&result)
            return result
        }
        switch chain.networkFilter {
        case .tcpProxy(let proxy):
            explain(proxy, &result)
            admission.tell(&result)
        case .httpConnectionManager(let manager):
            let isHTTP = call.protocol != .tcp
            guard isHTTP, call.security == .plaintext || facts.isTLS else {
                let what = isHTTP ? "TLS" : "TCP"
                return result.failing(
                    .protocolMismatch,
                    "protocolError",
                    "the chain expects \(facts.isTLS ? "" : "plaintext ")HTTP and gets \(what)"
                )
            }
            route(call, manager, &admission, &result)
        }
        return result
    }

    // MARK: Listener

    private func listener(for call: SimulatedCall) -> Listener? {
        let mode = call.mode ?? .outbound
        if mode == .inbound { return snapshot.listener(named: "virtualInbound") }
        let port = call.port ?? 0
        let address = call.address.flatMap { IPAddress($0) }
        func find(_ wanted: (IPAddress) -> Bool) -> Listener? {
            snapshot.listeners.first { listener in
                ([listener.address] + listener.additionalAddresses).contains { $0.port == port && wanted($0.address) }
            }
        }
        if let exact = find({ $0 == address }) { return exact }
        if let wildcard = find({ $0.isUnspecified && (address == nil || $0.isIPv6 == address?.isIPv6) }) {
            return wildcard
        }
        return mode == .outbound ? snapshot.listener(named: "virtualOutbound") : nil
    }

    private func noListenerMessage(_ call: SimulatedCall) -> String {
        let refused = rejections.filter { $0.kind == .listener }
        if let first = refused.first { return "the proxy refused listener \(first.name): \(first.reason)" }
        if node.kind == .router { return noGatewayMessage(call) }
        return "nothing listens for \(call.address ?? ""):\(call.port ?? 0)"
    }

    private func noGatewayMessage(_ call: SimulatedCall) -> String {
        let port = UInt32(call.port ?? 0)
        if gatewayKeys.isEmpty { return "no Gateway selects the labels of \(node.id)" }
        if let found = gateway.ports.first(where: { $0.number == port }) {
            let owner = found.members.first?.gateway.description ?? "a Gateway"
            return "nothing is routed to the \(found.protocol.rawValue) server of \(owner) on port \(port)"
        }
        let ports = Set(snapshot.listeners.map(\.address.port)).sorted().map(String.init)
        return "no Gateway serves port \(port)\(ports.isEmpty ? "" : "; served are \(ports.joined(separator: ", "))")"
    }

    private func facts(of call: SimulatedCall, at listener: Listener) -> ConnectionFacts {
        let own = node.ipAddresses.lazy.compactMap { IPAddress($0) }.first ?? IPAddress(v4: 0x7f00_0006)
        let isInbound = call.mode == .inbound || call.mode == .gateway
        let destination = call.address.flatMap { IPAddress($0) } ?? (isInbound ? own : IPAddress(v4: 0))
        let port = call.port ?? 0
        // Whoever calls the pod is somebody else; TEST-NET-3 is nobody's.
        let someone = isInbound ? IPAddress(v4: 0xcb00_71fe) : own
        let caller = call.sourceAddress.flatMap { IPAddress($0) } ?? someone
        var facts = ConnectionFacts(
            destination: SocketAddressValue(address: destination, port: port),
            source: SocketAddressValue(address: caller, port: 49_152)
        )
        let inspectsTLS = listener.listenerFilters.contains {
            if case .tlsInspector(let disabled) = $0 { !disabled.contains(port) } else { false }
        }
        let inspectsHTTP = listener.listenerFilters.contains {
            if case .httpInspector(let disabled) = $0 { !disabled.contains(port) } else { false }
        }
        if call.security != .plaintext {
            guard inspectsTLS else { return facts }
            facts.transportProtocol = "tls"
            facts.serverName = call.serverName
            facts.applicationProtocols = call.applicationProtocols
        } else if inspectsHTTP {
            switch call.protocol ?? .http {
            case .http: facts.applicationProtocols = ["http/1.1"]
            case .http2: facts.applicationProtocols = ["h2c"]
            case .tcp: break
            }
        }
        return facts
    }

    private func notes(_ call: SimulatedCall) -> [String] {
        var notes: [String] = []
        if call.protocol == .http2 { notes.append("HTTP/2 is served by Envoy, not by the Swift engine yet") }
        if call.sourcePrincipal != nil, call.security != .mtls {
            notes.append("sourcePrincipal is not looked at: only a caller by mutual TLS proves who it is")
        }
        notes += refusals
        return notes
    }

    // MARK: Routes

    private func route(
        _ call: SimulatedCall,
        _ manager: HTTPConnectionManager,
        _ admission: inout CallAdmission,
        _ result: inout CallResult
    ) {
        guard let table = snapshot.routeConfiguration(for: manager) else {
            if case .rds(let name, _) = manager.routeSource { result.routeConfig = name }
            result = result.failing(.noVirtualHost, "noRouteConfiguration", "the route table is missing")
            return
        }
        result.routeConfig = table.name
        var head = RequestHead(call, isTLS: admission.facts.isTLS)
        switch PathNormalization.apply(to: &head, manager: manager) {
        case .unchanged, .changed: break
        case .rejected:
            result.explain.status = 400
            result = result.failing(.protocolMismatch, "pathNormalizationFailed", "the path cannot be normalised")
            return
        case .redirect:
            result.explain.status = 307
            result.explain.redirect = head.path.map { head.headers.string($0) }
            return
        }
        // A caller's own sidecar has no business with tokens.
        let claims = call.mode ?? .outbound == .outbound ? nil : call.jwtClaims
        let isAdmitted = admission.admit(&head, by: manager, claims: claims)
        let outcome = RouteMatcher.decide(
            head,
            table: table,
            snapshot: snapshot,
            metadata: admission.metadata,
            random: 0
        )
        guard isAdmitted else {
            matched(outcome, &result)
            admission.tell(&result)
            return
        }
        explain(outcome, head, call, &result)
        admission.tell(&result)
    }

    /// What a refused request would have been routed by.
    private func matched(_ outcome: RouteOutcome, _ result: inout CallResult) {
        switch outcome {
        case .noVirtualHost: break
        case .tlsRequired(let host), .noRoute(let host): result.virtualHost = host.name
        case .matched(let decision):
            locate(decision, &result)
            result.cluster = decision.cluster.map { snapshot.clusterName(at: $0) } ?? ""
        }
    }

    private func explain(
        _ outcome: RouteOutcome,
        _ head: RequestHead,
        _ call: SimulatedCall,
        _ result: inout CallResult
    ) {
        switch outcome {
        case .noVirtualHost:
            result.explain.status = 404
            let host = call.header("host") ?? ""
            result = result.failing(.noVirtualHost, "noVirtualHost", "no virtual host serves \"\(host)\"")
        case .tlsRequired(let host):
            result.virtualHost = host.name
            result.explain.status = 301
            result.explain.redirect = String(decoding: RedirectLocation.https(head), as: UTF8.self)
            result = result.failing(.tlsRedirect, "tlsRedirect", "the virtual host asks for https")
        case .noRoute(let host):
            result.virtualHost = host.name
            result.explain.status = 404
            result.explain.passedOver = passedOver(head, host, before: host.routes.count)
            result = result.failing(.noRoute, "noRoute", "no route of \(host.name) matches")
        case .matched(let decision):
            explain(decision, head, call, &result)
        }
    }

    func passedOver(_ head: borrowing RequestHead, _ host: VirtualHost, before end: Int) -> [String] {
        RouteMatcher.passedOver(head, host: host, before: end, random: 0).map {
            "\($0.name.isEmpty ? "route \($0.position)" : $0.name): \($0.reason)"
        }
    }
}

extension CallResult {
    /// The same result as a failure.
    func failing(_ error: CallError, _ reason: String, _ message: String) -> CallResult {
        var result = self
        result.error = error
        result.explain.reason = reason
        result.explain.message = message
        return result
    }
}

extension RequestHead {
    /// The head of a pretend call; `isTLS` if the proxy takes it out of TLS.
    init(_ call: SimulatedCall, isTLS: Bool) {
        self.init()
        let method = Array((call.method ?? "GET").utf8)
        setMethod(method.withUnsafeBytes { HTTPMethod($0) })
        if self.method == .other { method.withUnsafeBytes { headers.set(.method, $0) } }
        Array((call.path ?? "/").utf8).withUnsafeBytes { setPath($0) }
        setScheme(isTLS ? "https" : "http")
        headers.set(.xForwardedProto, isTLS ? "https" : "http")
        for (name, values) in (call.headers ?? [:]).sorted(by: { $0.key < $1.key }) {
            let header = HeaderName(name)
            guard header.isValid, !name.hasPrefix(":") else { continue }
            if header.known == .xForwardedProto { headers.remove(header) }
            for value in values {
                if header.known == .authority { headers.set(header, value) } else { headers.add(header, value) }
            }
        }
    }
}
