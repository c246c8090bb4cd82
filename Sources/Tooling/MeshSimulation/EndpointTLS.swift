import ProxySnapshot

/// How a connection to an endpoint is encrypted.
package struct EndpointTLS: Codable, Sendable, Hashable {
    /// `mtls` if the proxy shows a certificate of its own, else `tls`.
    package var mode: SimulatedCall.Security
    /// The server name asked for; empty for none.
    package var sni: String
    /// The application protocols offered, in order of preference.
    package var alpn: [String]
    /// Names of which the server's certificate must have one; `*` stands for anything. Empty asks for none.
    package var subjectAltNames: [String]
    /// The secret that holds the proxy's certificate; nil without one, or if the configuration itself has it.
    package var certificate: String?
    /// The secret that holds the roots, `system`, `inline`, or `none` if the server is not verified.
    package var roots: String

    /// Nil for plaintext. `isHTTP` if the proxy speaks HTTP there, which a peer of the mesh is told.
    init?(_ socket: TransportSocket, isHTTP: Bool) {
        guard let settings = socket.settings else { return nil }
        let spoken = isHTTP ? settings.speakingHTTP : settings
        let core = spoken.core
        mode = core.certificate == nil ? .tls : .mtls
        sni = settings.serverName
        alpn = core.applicationProtocols
        subjectAltNames = settings.peer.names.map(\.matcher.words)
        if case .secret(let name)? = core.certificate { certificate = name }
        switch core.trust {
        case .secret(let name)?: roots = name
        case .system?: roots = "system"
        case .inline?: roots = "inline"
        case .untrusted?, nil: roots = "none"
        }
    }

    /// One line for people.
    var text: String {
        var parts = [mode == .mtls ? "mutual TLS" : "TLS"]
        if !sni.isEmpty { parts.append("SNI \(sni)") }
        if !alpn.isEmpty { parts.append("ALPN \(alpn.joined(separator: ","))") }
        if let certificate { parts.append("certificate \(certificate)") }
        parts.append(roots == "none" ? "the server is not verified" : "roots \(roots)")
        if !subjectAltNames.isEmpty { parts.append("the server is \(subjectAltNames.joined(separator: " or "))") }
        return parts.joined(separator: ", ")
    }
}
