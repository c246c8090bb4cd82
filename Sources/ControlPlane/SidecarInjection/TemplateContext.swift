import KubernetesAPI
import MeshConfig

/// All that templates read: settings, the pod's own words and what follows from both. Pure.
struct TemplateContext: Sendable {
    let settings: InjectionSettings
    let request: InjectionRequest
    let workload: WorkloadIdentity
    let annotations: [String: String]
    let labels: [String: String]
    let proxyConfig: EffectiveProxyConfig

    /// - Throws: when `proxy.istio.io/config` cannot be used.
    init(_ request: InjectionRequest, _ settings: InjectionSettings) throws(InjectionError) {
        self.settings = settings
        self.request = request
        annotations = request.pod.annotations
        labels = request.pod.labels
        workload = request.workload ?? WorkloadIdentity(pod: request.pod, namespace: request.namespace)
        proxyConfig = try EffectiveProxyConfig(settings.proxyConfig, annotations: annotations)
    }

    /// An annotation that is written and not empty, else the default.
    func annotation(_ name: String, default fallback: String) -> String {
        annotations[name].flatMap { $0.isEmpty ? nil : $0 } ?? fallback
    }

    var interceptionMode: ProxyConfiguration.InterceptionMode {
        annotations["sidecar.istio.io/interceptionMode"].flatMap(ProxyConfiguration.InterceptionMode.init)
            ?? proxyConfig.typed.interceptionMode
    }

    /// Port of merged metrics and of the application's probes; 0 for none.
    var statusPort: Int64 {
        if let port = annotations["status.sidecar.istio.io/port"].flatMap({ Int64($0) }) { return port }
        let typed = Int64(proxyConfig.typed.statusPort)
        return typed == 15020 ? settings.proxy.statusPort : typed
    }

    var isNative: Bool {
        annotations["sidecar.istio.io/nativeSidecar"].map { $0 == "true" } ?? settings.usesNativeSidecars
    }

    /// The application's containers start after the proxy is ready; a native sidecar does so by its nature.
    var holdsApplication: Bool {
        !isNative && (settings.proxy.holdsApplication || proxyConfig.typed.holdApplicationUntilProxyStarts)
    }

    var engine: InjectionSettings.Engine {
        annotations["proxy.martlet.dev/engine"].flatMap(InjectionSettings.Engine.init) ?? settings.engine
    }

    var cluster: String {
        request.cluster ?? labels["topology.istio.io/cluster"] ?? settings.clusterID
    }

    var network: String {
        labels["topology.istio.io/network"] ?? request.network ?? settings.network
    }

    /// Containers of the application, as they were before injection.
    var applicationContainers: [JSONValue] {
        (request.pod["spec", "containers"]?.array ?? []).filter { $0["name"]?.string != SidecarTemplate.proxyName }
    }

    var proxyImage: String {
        let named = annotation("sidecar.istio.io/proxyImage", default: settings.images.proxy)
        return image(named)
    }

    var initializationImage: String { image(settings.images.initialization) }

    /// A whole reference is taken as it is; a bare name gets hub, tag and the type's ending.
    private func image(_ name: String) -> String {
        if name.contains("/") { return name }
        let configured = proxyConfig.json["image"]?["imageType"]?.string ?? settings.images.variant
        let type = annotation("sidecar.istio.io/proxyImageType", default: configured)
        var tag = settings.images.tag
        if !type.isEmpty {
            for ending in ["-distroless", "-debug"] where tag.hasSuffix(ending) {
                tag = String(tag.dropLast(ending.count))
            }
            if type != "default" { tag += "-\(type)" }
        }
        let hub = settings.images.hub
        return "\(hub.isEmpty ? "" : "\(hub)/")\(name)\(tag.isEmpty ? "" : ":\(tag)")"
    }
}
