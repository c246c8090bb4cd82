import KubernetesAPI
import MeshConfig

/// `ProxyConfig` of one pod: the mesh's `defaultConfig` with the annotation `proxy.istio.io/config` merged over it.
struct EffectiveProxyConfig: Sendable {
    static let annotation = "proxy.istio.io/config"

    /// As JSON, fields nobody reads here included.
    let json: JSONValue
    let typed: ProxyConfiguration
    /// Fields of the annotation that nothing acts on.
    let warnings: [String]

    /// - Throws: when the annotation is no YAML mapping, or has unknown fields or values that are not allowed.
    init(_ defaults: JSONValue, annotations: [String: String]) throws(InjectionError) {
        var written: JSONValue = [:]
        if let text = annotations[Self.annotation], !text.isEmpty {
            do {
                written = try KubernetesManifest.documents(text).first ?? [:]
            } catch {
                throw InjectionError(["annotation \(Self.annotation): is not YAML: \(error)"])
            }
            guard written.object != nil else {
                throw InjectionError(["annotation \(Self.annotation): must be a mapping of ProxyConfig fields"])
            }
        }
        var json = defaults.merging(written)
        if let address = annotations["sidecar.istio.io/discoveryAddress"], !address.isEmpty {
            json["discoveryAddress"] = .string(address)
        }
        self.json = json
        let source: JSONValue = ["defaultConfig": json]
        let (mesh, diagnostics) = MeshConfiguration.decode(
            MeshConfigurationSource(text: source.jsonText, file: Self.annotation)
        )
        guard let mesh else { throw Self.error(diagnostics) }
        typed = mesh.defaultConfig
        warnings = (written.object ?? [:]).keys.sorted().filter { !Self.actedOn.contains($0) }.map {
            "annotation \(Self.annotation): \($0) is handed to the proxy, but nothing acts on it yet"
        }
    }

    private static func error(_ diagnostics: [Diagnostic]) -> InjectionError {
        let prefix = "defaultConfig."
        return InjectionError(
            diagnostics.filter { $0.severity == .error }.map { fault in
                let path = fault.path.hasPrefix(prefix) ? String(fault.path.dropFirst(prefix.count)) : fault.path
                return "annotation \(annotation): \(path.isEmpty ? "" : "\(path): ")\(fault.message)"
            }
        )
    }

    private static let actedOn: Set<String> = [
        "holdApplicationUntilProxyStarts", "proxyMetadata", "concurrency", "discoveryAddress", "interceptionMode",
        "statusPort", "image", "terminationDrainDuration", "drainDuration", "proxyAdminPort", "gatewayTopology",
    ]

    /// The value of `PROXY_CONFIG`: without what is Istio's default anyhow.
    var environmentValue: String {
        var json = json
        for (name, value) in Self.defaults where json[name] == value { json[name] = nil }
        return json.jsonText
    }

    private static let defaults: [String: JSONValue] = [
        "interceptionMode": "REDIRECT", "statusPort": 15020, "proxyAdminPort": 15000, "drainDuration": "45s",
        "terminationDrainDuration": "5s", "holdApplicationUntilProxyStarts": false, "configPath": "./etc/istio/proxy",
        "binaryPath": "/usr/local/bin/envoy", "proxyMetadata": [:], "controlPlaneAuthPolicy": "MUTUAL_TLS",
        "serviceCluster": "istio-proxy", "statNameLength": 189,
    ]
}
