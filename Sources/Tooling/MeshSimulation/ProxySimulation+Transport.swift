import MeshConfig
import MeshModel
import ProxyFilters
import ProxySnapshot

extension ProxySimulation {
    /// Why bytes do not fit the transport of a chain.
    struct TransportMismatch {
        var error: CallError
        var reason: String
        var message: String
    }

    /// Nil if the chain takes the bytes as they come.
    func mismatch(of call: SimulatedCall, with chain: FilterChain) -> TransportMismatch? {
        guard let settings = chain.transportSocket.settings else { return nil }
        let isMutual = settings.isMutual(secret: call.mutualSecret)
        let kind = isMutual ? "mutual TLS" : "TLS"
        guard call.security != .plaintext else {
            let message = "the chain takes \(kind) and gets plaintext"
            return TransportMismatch(error: .tls, reason: "tlsError", message: message)
        }
        guard isMutual == (call.security == .mtls) else {
            let came = call.security == .mtls ? "mutual TLS" : "TLS without the caller's certificate"
            let message = "the chain takes \(kind) and gets \(came)"
            return TransportMismatch(error: .mtls, reason: "mtlsError", message: message)
        }
        guard isMutual, let principal = principal(of: call) else { return nil }
        let names = settings.peer.names.filter { $0.kind == .uri }
        guard !names.isEmpty, !names.contains(where: { $0.matcher.accepts(principal) }) else { return nil }
        let message =
            "the chain does not trust \(principal); it takes \(names.map(\.matcher.words).joined(separator: ", "))"
        return TransportMismatch(error: .mtls, reason: "mtlsError", message: message)
    }

    /// What the proxy knows of the connection once the chain has taken it.
    func downstreamFacts(of call: SimulatedCall, _ facts: ConnectionFacts, _ chain: FilterChain) -> DownstreamFacts {
        let isTLS = chain.transportSocket.settings != nil
        let names = principal(of: call).map { [ContiguousArray($0.utf8)] } ?? []
        return DownstreamFacts(
            remote: facts.source,
            local: facts.destination,
            serverName: call.security == .plaintext ? "" : facts.serverName,
            isTLS: isTLS,
            peer: isTLS && call.security == .mtls ? PeerCertificateFacts(uriSANs: names) : nil
        )
    }

    /// How the bytes come to the chain, in the words of the answer.
    func transport(of call: SimulatedCall, at chain: FilterChain) -> String {
        if call.security == .plaintext { return SimulatedCall.Security.plaintext.rawValue }
        return chain.transportSocket.settings == nil ? "passthrough" : call.security.rawValue
    }

    /// The URI of who calls by mutual TLS of the mesh: somebody, unless the call says who.
    private func principal(of call: SimulatedCall) -> String? {
        guard call.security == .mtls else { return nil }
        let scheme = "spiffe://"
        if let written = call.sourcePrincipal, !written.isEmpty {
            return written.hasPrefix(scheme) ? written : scheme + written
        }
        guard call.mutualSecret == SimulatedCall.workloadSecret else { return nil }
        return "\(scheme)\(configuration.mesh.mesh.trustDomain)/ns/\(node.namespace)/sa/default"
    }

    /// What PeerAuthentications say of the port that is called; nil for calls that no sidecar gets.
    func mutualTLSPolicy(_ call: SimulatedCall) -> CallPolicy? {
        guard call.mode == .inbound, node.kind == .sidecar else { return nil }
        let port = UInt32(call.port ?? 0)
        let policy = configuration.mesh.mutualTLS(of: node)
        let source = policy.source(port: port)
        let isOfPort = policy.ports[port] != nil
        return CallPolicy(
            name: "mutualTLS",
            value: policy.mode(port: port).rawValue,
            object: source?.description,
            rule: source == nil ? nil : isOfPort ? "spec.portLevelMtls.\(port)" : "spec.mtls",
            location: source.flatMap { configuration.objects[$0]?.metadata.source?.description }
        )
    }
}

extension TLSSettings {
    /// Whether callers must show a certificate, where the server's own is `secret`.
    fileprivate func isMutual(secret: String) -> Bool {
        core.requiresPeerCertificate && core.certificate == .secret(secret)
    }
}

extension NameMatcher {
    fileprivate func accepts(_ name: String) -> Bool {
        switch self {
        case .exact(let text): name == text
        case .prefix(let text): name.hasPrefix(text)
        case .suffix(let text): name.hasSuffix(text)
        case .contains(let text): name.contains(text)
        }
    }

    /// As people write it.
    var words: String {
        switch self {
        case .exact(let text): text
        case .prefix(let text): "\(text)*"
        case .suffix(let text): "*\(text)"
        case .contains(let text): "*\(text)*"
        }
    }
}
