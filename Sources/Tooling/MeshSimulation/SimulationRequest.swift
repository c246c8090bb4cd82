package import KubernetesAPI

/// What `martlet simulate --request -` reads: a proxy, and the calls it is asked about.
package struct SimulationRequest: Codable, Sendable {
    package var proxy: SimulatedProxy
    /// MeshConfig fields that differ from the defaults.
    package var mesh: JSONValue?
    /// Control-plane settings under Istio's names.
    package var env: [String: JSONValue]?
    package var calls: [SimulatedCall]?
    /// Names of route configurations wanted.
    package var routes: [String]?

    package init(proxy: SimulatedProxy, calls: [SimulatedCall]) {
        self.proxy = proxy
        self.calls = calls
    }
}

/// The proxy that is asked.
package struct SimulatedProxy: Codable, Sendable {
    /// `sidecar` (default) or `router`.
    package var type: String?
    /// `POD.NAMESPACE`, or the pod alone.
    package var id: String?
    package var ipAddresses: [String]?
    package var namespace: String?
    package var dnsDomain: String?
    package var labels: [String: String]?
    /// Node metadata under its xDS names.
    package var metadata: [String: JSONValue]?

    package init() {}
}

/// A pretend call.
package struct SimulatedCall: Codable, Sendable {
    /// Which way the call reaches the proxy.
    package enum Mode: String, Codable, Sendable {
        case inbound
        case outbound
        case gateway
    }

    /// What is spoken.
    package enum Application: String, Codable, Sendable {
        case http
        case http2
        case tcp
    }

    /// How bytes arrive.
    package enum Security: String, Codable, Sendable {
        case plaintext
        case tls
        case mtls
    }

    package var mode: Mode?
    package var address: String?
    package var port: UInt16?
    package var method: String?
    package var path: String?
    package var headers: [String: [String]]?
    package var `protocol`: Application?
    package var tls: Security?
    package var sni: String?
    /// Application protocols offered, separated by commas.
    package var alpn: String?
    /// The name of the server's secret by which a filter chain counts as one of mutual TLS; `default` if absent.
    package var mtlsSecretName: String?
    /// Who calls, by the certificate of mutual TLS: `TRUST_DOMAIN/ns/NAMESPACE/sa/ACCOUNT`, with or without `spiffe://`.
    package var sourcePrincipal: String?
    /// The address of who calls.
    package var sourceAddress: String?
    /// The claims of a token whose signature is good; an object.
    package var jwtClaims: JSONValue?

    package init() {}

    /// The value of a header, by name in any case.
    func header(_ name: String) -> String? {
        headers?.first { $0.key.lowercased() == name }?.value.first
    }
}
