import EnvoyAPI
import SwiftProtobuf

/// A filter chain of an outbound listener while listeners are merged.
struct FilterChainDraft {
    /// What the connection is handed to.
    enum Target {
        /// Routes by this name; `tellsPeers` when only the first bytes say that it is HTTP, so that the peer must be told.
        case http(routes: String, tellsPeers: Bool = false)
        case tcp(XDS.TCPProxy)
    }

    var target: Target
    var serverNames: [String] = []
    var destinations: [String] = []
    var applicationProtocols: [String] = []
    var transportProtocol = ""
    var metadata: XDS.Metadata?

    init(_ target: Target) {
        self.target = target
    }

    /// Only plaintext HTTP, as the inspector tells it.
    mutating func matchPlaintextHTTP() {
        applicationProtocols = ApplicationProtocol.plaintextHTTP
        transportProtocol = TransportProtocol.rawBuffer
    }

    /// Has the connection manager tell peers in the mesh that what comes is HTTP.
    mutating func tellPeers() {
        if case .http(let routes, _) = target { target = .http(routes: routes, tellsPeers: true) }
    }

    /// What connections must show; `nil` when every connection will do.
    var match: XDS.FilterChainMatch? {
        var match = XDS.FilterChainMatch()
        match.applicationProtocols = applicationProtocols
        match.transportProtocol = transportProtocol
        match.serverNames = names
        match.prefixRanges = destinations.sorted().compactMap(IPAddress.range).filter {
            $0.addressPrefix != IPAddress.unspecified && $0.addressPrefix != IPAddress.unspecifiedV6
        }
        return match == .init() ? nil : match
    }

    /// Server names as Envoy takes them: whole names and `*.x`, in lower case; `*` asks for nothing.
    private var names: [String] {
        guard !serverNames.contains("*") else { return [] }
        let usable = serverNames.map { $0.lowercased() }.filter { name in
            let rest = name.hasPrefix("*.") ? name.dropFirst(2) : name[...]
            return !rest.isEmpty && !rest.contains("*")
        }
        return Set(usable).sorted()
    }
}
