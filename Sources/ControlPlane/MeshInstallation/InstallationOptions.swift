/// What an installation is to look like; everything else is as Istio's `demo` profile has it.
package struct InstallationOptions: Sendable, Hashable {
    /// Registry and path of the images, without a slash at the end.
    package var hub = "martlet"
    package var tag: String
    package var revision = "default"
    /// Who carries the requests of gateways and injected pods: `swift` or `envoy`.
    package var engine = "swift"
    package var clusterID = "Kubernetes"
    /// YAML of the mesh configuration, as in the ConfigMap `istio`.
    package var mesh = """
        accessLogFile: /dev/stdout
        defaultConfig:
          discoveryAddress: istiod.istio-system.svc:15012
        """
    /// IP addresses from which the control plane's debug pages may be asked for, beside its own loopback.
    package var debugSources: [String] = []
    package var hasIngressGateway = true
    package var hasEgressGateway = true

    package init(tag: String) { self.tag = tag }
}
