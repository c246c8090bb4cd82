import MeshModel

/// Outbound listeners by address and port, merged as services claim them (rule 40; Istio
/// `buildSidecarOutboundListener`).
struct OutboundListenerTable {
    /// What a listener has come to speak.
    enum Mode {
        case http
        case tcp(PortProtocol)
        /// HTTP and TCP chains, told apart by inspectors.
        case sniffed
    }

    struct Entry {
        var port: Service.Port
        var binding: Binding
        var mode: Mode
        var chains: [FilterChainDraft]
        /// Declared by a port of a Sidecar, so that no other service may join.
        var isLocked = false
    }

    struct Request {
        var service: Service
        var port: Service.Port
        var binding: Binding
        /// Whether the listener stands for every address.
        var isWildcard: Bool
        /// Whether endpoints may be spoken to with mutual TLS of the mesh.
        var speaksToMesh = false
    }

    private(set) var entries: [String: Entry] = [:]

    /// Closes what explicit ports of a Sidecar declared before its listener for all other ports.
    mutating func lock() {
        for key in entries.keys { entries[key]?.isLocked = true }
    }

    /// Adds one port of a service; chains are built only when they are needed.
    mutating func add(
        _ request: Request,
        http: () -> FilterChainDraft,
        tcp: () -> [FilterChainDraft]
    ) {
        let key = request.binding.listenerName(port: request.port.number)
        guard let current = entries[key] else {
            entries[key] = fresh(request, http: http, tcp: tcp)
            return
        }
        guard !current.isLocked, !clashes(request.port.protocol, with: current.mode) else { return }
        switch (ListenerProtocol(request.port.protocol), current.mode) {
        case (.http, .http), (.http, .sniffed):
            return
        case (.http, .tcp):
            merge(key, [httpChain(request, http)], mode: .sniffed)
        case (.tcp, .http):
            merge(key, tcp(), mode: .sniffed)
        case (.tcp, .tcp), (.tcp, .sniffed), (.sniffed, .sniffed):
            merge(key, tcp(), mode: current.mode)
        case (.sniffed, .http):
            entries[key] = fresh(request, http: http, tcp: tcp)
        case (.sniffed, .tcp):
            merge(key, tcp() + [sniffedChain(request, http)], mode: .sniffed)
        }
    }

    private func fresh(
        _ request: Request,
        http: () -> FilterChainDraft,
        tcp: () -> [FilterChainDraft]
    ) -> Entry {
        let chains: [FilterChainDraft]
        let mode: Mode
        switch ListenerProtocol(request.port.protocol) {
        case .http:
            chains = [httpChain(request, http)]
            // A wildcard listener keeps a way out for connections that turn out not to be HTTP.
            mode = request.isWildcard && request.port.protocol != .httpProxy ? .sniffed : .http
        case .tcp:
            chains = tcp()
            mode = .tcp(request.port.protocol)
        case .sniffed:
            chains = tcp() + [sniffedChain(request, http)]
            mode = .sniffed
        }
        return Entry(port: request.port, binding: request.binding, mode: mode, chains: chains)
    }

    private func httpChain(_ request: Request, _ http: () -> FilterChainDraft) -> FilterChainDraft {
        var chain = http()
        if request.isWildcard && request.port.protocol != .httpProxy { chain.matchPlaintextHTTP() }
        return chain
    }

    private func sniffedChain(_ request: Request, _ http: () -> FilterChainDraft) -> FilterChainDraft {
        var chain = http()
        chain.matchPlaintextHTTP()
        if request.speaksToMesh { chain.tellPeers() }
        return chain
    }

    private mutating func merge(_ key: String, _ chains: [FilterChainDraft], mode: Mode) {
        guard var entry = entries[key] else { return }
        // A chain with the same match as an older one could never be reached, and Envoy refuses it.
        for chain in chains where !entry.chains.contains(where: { $0.match == chain.match }) {
            entry.chains.append(chain)
        }
        entry.mode = mode
        entries[key] = entry
    }

    /// Inspectors would hang protocols whose server speaks first (Istio `isConflictWithWellKnownPort`).
    private func clashes(_ incoming: PortProtocol, with mode: Mode) -> Bool {
        var existing: PortProtocol?
        if case .tcp(let spoken) = mode { existing = spoken }
        let serverFirst: Set<PortProtocol> = [.mongo, .mysql]
        let isSensitive = serverFirst.contains(incoming) || existing.map(serverFirst.contains) == true
        return isSensitive && incoming != existing
    }
}

/// How a listener treats a port's protocol (Istio `ModelProtocolToListenerProtocol`).
enum ListenerProtocol {
    case http
    case tcp
    case sniffed

    /// UDP is treated as TCP here; callers leave it out before.
    init(_ protocol: PortProtocol) {
        if `protocol`.isHTTP {
            self = .http
        } else {
            self = `protocol`.isSniffed ? .sniffed : .tcp
        }
    }
}
