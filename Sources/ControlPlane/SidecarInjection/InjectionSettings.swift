import KubernetesAPI

/// What the injector is told: values, mesh configuration and policy, checked and typed. Immutable once made.
package struct InjectionSettings: Sendable, Hashable {
    /// The revision that has no name of its own.
    package static let defaultRevision = "default"

    /// Which engine forwards traffic in the proxy's container.
    package enum Engine: String, Sendable, CaseIterable { case swift, envoy }

    /// How the proxy's and the init container's image is named.
    package struct Images: Sendable, Hashable {
        var hub = ""
        var tag = ""
        /// `global.variant`: `default`, `debug`, `distroless` or empty.
        var variant = ""
        /// Name in the hub, or a whole reference when it has a slash.
        var proxy = ""
        var initialization = ""
        var pullPolicy = ""
        var pullSecrets: [String] = []
    }

    /// `values.global.proxy`, without image and capture.
    package struct Proxy: Sendable, Hashable {
        var clusterDomain = ""
        var logLevel = ""
        var componentLogLevel = ""
        var logOutputLevel = ""
        var statusPort: Int64 = 15020
        var resources: JSONValue = [:]
        var lifecycle: JSONValue?
        var environment: [String: String] = [:]
        var readinessInitialDelay: Int64 = 0
        var readinessPeriod: Int64 = 15
        var readinessFailures: Int64 = 4
        /// Nil for no startup probe.
        var startupFailures: Int64?
        var isPrivileged = false
        /// Worker threads where the mesh's configuration says nothing; nil for the proxy's own choice.
        var concurrency: Int64?
        /// The proxy configuration may ask for it, too.
        var holdsApplication = false
        var seccompProfile: JSONValue?
    }

    /// What istio-init is told, where the pod says nothing.
    package struct Capture: Sendable, Hashable {
        var includedRanges = ""
        var excludedRanges = ""
        var includedInboundPorts = ""
        var excludedInboundPorts = ""
        var includedOutboundPorts = ""
        var excludedOutboundPorts = ""
        var resources: JSONValue = [:]
        /// A node's CNI plugin has programmed the rules; the init container only checks them.
        var isDoneByCNI = false
        var isForced = false
    }

    package internal(set) var revision = defaultRevision
    package internal(set) var istioNamespace = "istio-system"
    package internal(set) var clusterID = "Kubernetes"
    package internal(set) var network = ""
    package internal(set) var meshID = ""
    package internal(set) var trustDomain = "cluster.local"
    package internal(set) var engine = Engine.swift
    /// The proxy is a restartable init container where the pod says nothing.
    package internal(set) var usesNativeSidecars = false
    package internal(set) var images = Images()
    package internal(set) var proxy = Proxy()
    package internal(set) var capture = Capture()
    var caAddress = ""
    var certificateProvider = "istiod"
    var tokenAudience = "istio-ca"
    var rewritesProbes = true
    var mergesPrometheus = true
    var forwardsInboundToLocalhost = false
    var policy = InjectionPolicy()
    var defaultTemplates = [PodTemplate.Name.sidecar]
    var injectedAnnotations: [String: String] = [:]
    /// `ProxyConfig` as JSON: the mesh's `defaultConfig` over the injector's own defaults.
    var proxyConfig: JSONValue = [:]

    init() {}

    /// Istio's defaults with our image.
    package static let standard: InjectionSettings = {
        let made = try? make(InjectionSources())
        return made?.settings ?? InjectionSettings()
    }()

    /// Host of the control plane, by revision.
    var istiod: String {
        let name = revision == Self.defaultRevision ? "istiod" : "istiod-\(revision)"
        return "\(name).\(istioNamespace).svc"
    }
}
