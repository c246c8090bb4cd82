package import CertificateAuthority
internal import DiscoveryServer
package import IssuerKeys
package import KubernetesClient

/// The static settings of the control plane; read once from flags and handed down.
package struct ControlPlaneConfiguration: Sendable {
    /// Folders and files of YAML; watched.
    package var configPaths: [String] = []
    /// The Kubernetes API to follow; nil for none.
    package var kubernetes: KubernetesEndpoint?
    /// The revision this control plane injects and serves; empty is `default`.
    package var revision = ""
    /// Where the admission webhooks are served over TLS; nil for not at all.
    package var webhookAddress: ListenAddress?
    /// The file with the mesh configuration, as the key `mesh` of Istio's config map; nil for the defaults.
    package var meshConfigPath: String?
    /// Where ADS is served without TLS, to whoever can reach it; nil for not at all.
    package var xdsAddress: ListenAddress? = ListenAddress(host: "127.0.0.1", port: 15010)
    /// Where ADS and the certificate authority are served over TLS, to known callers; nil for neither.
    package var secureAddress: ListenAddress? = ListenAddress(host: "127.0.0.1", port: 15012)
    /// What the certificate authority is told.
    package var authority = Authority()
    /// Where metrics and the debug interface are served.
    package var monitoringAddress = ListenAddress(host: "127.0.0.1", port: 15014)
    /// IP addresses from which the debug pages may be asked for, beside the loopback.
    package var debugSources: [String] = []
    /// How the keys of token issuers are fetched.
    package var issuerKeys = HTTPKeyFetcher.Configuration()
    /// A file to write the bound addresses to as JSON `{"xds": "HOST:PORT", "secure": "HOST:PORT", "monitoring":
    /// "HOST:PORT"}`, without those that are not served.
    package var readyFile: String?
    /// A burst of changes is pushed after so long without a new one.
    package var debounceAfter: Duration = .milliseconds(100)
    /// A burst of changes is pushed at the latest so long after its first.
    package var debounceMax: Duration = .seconds(10)

    /// The certificate authority's settings.
    package struct Authority: Sendable {
        /// A folder with `ca-cert.pem` and `ca-key.pem`, made when empty; nil for Secrets, or without a Kubernetes API
        /// for memory.
        package var folder: String?
        /// The kind of key of a self-signed root.
        package var keyKind: AuthorityKeyKind = .ecdsa
        /// The longest life of a workload's certificate, in seconds.
        package var maximumLifetime = CertificateLifetime.maximum
        /// A JSON Web Key Set that verifies service-account tokens; nil asks the Kubernetes API.
        package var tokenKeysPath: String?
        /// Further DNS names of the serving certificate.
        package var servingNames: [String] = []

        /// Istio's defaults.
        package init() {}
    }

    /// Namespace of the control plane.
    package var namespace = "istio-system"

    /// The defaults: nothing to read, Istio's ports on the loopback.
    package init() {}

    /// What the discovery server is given of it.
    var discovery: DiscoveryConfiguration {
        var discovery = DiscoveryConfiguration()
        discovery.debounceAfter = debounceAfter
        discovery.debounceMax = debounceMax
        return discovery
    }
}

/// `HOST:PORT` to listen on; an IPv6 host is written in brackets, port 0 takes a free one.
package struct ListenAddress: Sendable, Equatable, CustomStringConvertible {
    /// IP address or host name, without brackets.
    package var host: String
    /// 0 to 65535.
    package var port: Int

    /// Joins host and port.
    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Reads `HOST:PORT`, `[V6]:PORT` or `:PORT` (every address); nil when it is none of these.
    package init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            return nil
        }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        self.init(host: host.isEmpty ? "0.0.0.0" : String(host), port: Int(port))
    }

    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
