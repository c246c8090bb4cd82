/// The transport socket of a chain or cluster.
package enum TransportSocket: Sendable, Equatable {
    case rawBuffer
    case tls(TLSSettings)

    /// The TLS settings, if the bytes are encrypted.
    package var settings: TLSSettings? {
        if case .tls(let settings) = self { settings } else { nil }
    }
}

/// `Cluster.TransportSocketMatch`: a transport socket for the endpoints that say they can do it.
package struct TransportSocketMatch: Sendable, Equatable {
    package var name: String
    /// The value that endpoint metadata `envoy.transport_socket_match` / `tlsMode` must have; nil matches every endpoint.
    package var tlsMode: String?
    package var socket: TransportSocket

    package init(name: String, tlsMode: String?, socket: TransportSocket) {
        self.name = name
        self.tlsMode = tlsMode
        self.socket = socket
    }
}

extension Cluster {
    /// How bytes to an endpoint are protected: the first match, else the cluster's own socket (Envoy's
    /// `TransportSocketMatcher`).
    package func transportSocket(for endpoint: EndpointMetadata?) -> TransportSocket {
        for match in transportSocketMatches {
            guard let mode = match.tlsMode else { return match.socket }
            if endpoint?.tlsMode == mode { return match.socket }
        }
        return transportSocket
    }
}

extension Cluster {
    /// All TLS settings that connections of the cluster may have.
    package var tlsSettings: [TLSSettings] {
        ([transportSocket] + transportSocketMatches.map(\.socket)).compactMap(\.settings)
    }
}

extension Listener {
    /// Every chain, the default one included.
    package var allFilterChains: [FilterChain] { filterChains + (defaultFilterChain.map { [$0] } ?? []) }
}

extension TLSCore {
    /// The secrets that it needs, by their names.
    package var secretNames: Set<String> {
        var names: Set<String> = []
        if case .secret(let name)? = certificate { names.insert(name) }
        if case .secret(let name)? = trust { names.insert(name) }
        return names
    }

    /// Those that the control plane keeps: Kubernetes Secrets (Istio `credentialName`).
    var discoveredSecrets: Set<String> {
        switch (certificate, trust) {
        case (.secret(let name)?, _) where name.hasPrefix("kubernetes://"),
            (_, .secret(let name)?) where name.hasPrefix("kubernetes://"):
            secretNames.filter { $0.hasPrefix("kubernetes://") }
        default: []
        }
    }
}
