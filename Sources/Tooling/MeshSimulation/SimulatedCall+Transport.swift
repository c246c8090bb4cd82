extension SimulatedCall {
    /// How bytes arrive. To say who calls is to call by mutual TLS, where it is the proxy that is called.
    var security: Security { tls ?? (sourcePrincipal != nil && mode == .inbound ? .mtls : .plaintext) }

    /// The name asked for before bytes are encrypted, in lower case; plain TLS asks for the host unless told otherwise.
    var serverName: String {
        if let sni, !sni.isEmpty { return sni.lowercased() }
        guard security == .tls, let host = header("host") else { return "" }
        // Brackets have colons of their own.
        let end = host.hasSuffix("]") ? nil : host.lastIndex(of: ":")
        return String(end.map { host[..<$0] } ?? host[...]).lowercased()
    }

    /// The application protocols offered, in order of preference; by what is spoken if the call does not say.
    var applicationProtocols: [String] {
        if let alpn, !alpn.isEmpty {
            return alpn.split(separator: ",").map { String($0.drop { $0 == " " }) }
        }
        switch (security, `protocol` ?? .http) {
        case (.plaintext, _), (.tls, .tcp): return []
        case (.tls, .http): return ["http/1.1"]
        case (.tls, .http2): return ["h2"]
        case (.mtls, .http): return ["istio-http/1.1"]
        case (.mtls, .http2): return ["istio-h2"]
        case (.mtls, .tcp): return ["istio"]
        }
    }

    /// The secret whose chains count as those of mutual TLS.
    var mutualSecret: String { mtlsSecretName.flatMap { $0.isEmpty ? nil : $0 } ?? Self.workloadSecret }

    /// The secret of the mesh's own certificates.
    static let workloadSecret = "default"
}
