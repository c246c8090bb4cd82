import KubernetesAPI
import MeshSimulation

extension SimulatedCall {
    /// Calls by TLS as `request.tls` says: as somebody by mutual TLS, as nobody by TLS alone.
    mutating func secure(_ keys: [String: Any]) {
        tls = keys["as"] == nil ? .tls : .mtls
        sourcePrincipal = keys["as"] as? String
        sni = keys["sni"] as? String
        // What the harness offers when the table does not say.
        alpn = (keys["alpn"].map(ConformanceCase.texts) ?? ["istio-http/1.1", "istio", "http/1.1"]).joined(
            separator: ","
        )
    }
}

extension JSONValue {
    /// A value as YAML's reader gives it.
    init(yaml value: Any) {
        switch value {
        case let members as [String: Any]: self = .object(members.mapValues { JSONValue(yaml: $0) })
        case let elements as [Any]: self = .array(elements.map { JSONValue(yaml: $0) })
        case let flag as Bool: self = .bool(flag)
        case let number as Int: self = .integer(Int64(number))
        case let number as Double: self = .number(number)
        case let text as String: self = .string(text)
        default: self = .null
        }
    }
}

/// `seen.tls`: how the server was spoken to.
struct SeenTLS: Sendable {
    /// `none`
    var isNone = false
    var sni: String?
    /// The application protocol agreed upon.
    var alpn: String?
    /// Names in the caller's certificate.
    var peer: [String]?

    init(_ value: Any) {
        guard let keys = value as? [String: Any] else {
            isNone = true
            return
        }
        sni = keys["sni"] as? String
        alpn = keys["alpn"] as? String
        peer = keys["peer"].map(ConformanceCase.texts)
    }

    /// What speaks against a connection that is encrypted so.
    func differences(_ got: EndpointTLS?) -> [String] {
        guard let got else { return isNone ? [] : ["seen.tls: expected TLS, got plaintext"] }
        if isNone { return ["seen.tls: expected plaintext, got \(got)"] }
        var found: [String] = []
        if let sni, sni != got.sni { found.append("seen.tls.sni: expected \(sni), got \(got.sni)") }
        if let alpn, !got.alpn.contains(alpn) { found.append("seen.tls.alpn: expected \(alpn) among \(got.alpn)") }
        if let peer, peer.isEmpty != (got.mode == .tls) {
            found.append("seen.tls.peer: expected \(peer), got \(got.mode.rawValue)")
        }
        return found
    }
}
