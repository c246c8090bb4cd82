import KubernetesAPI

/// The pod annotations that injection reads: which there are, what they may hold, what is done. Pure.
enum PodAnnotations {
    struct Checked: Sendable, Hashable {
        /// Each names the annotation, its value and what is allowed.
        var faults: [String] = []
        var warnings: [String] = []
        /// `sidecar.istio.io/rewriteAppHTTPProbers`; nil when it is not written.
        var rewritesProbes: Bool?
    }

    static func check(_ annotations: [String: String]) -> Checked {
        var checked = Checked()
        for (name, value) in annotations.sorted(by: { $0.key < $1.key }) {
            if let rule = rules[name] {
                if let allowed = rule.refusal(of: value) {
                    checked.faults.append("annotation \(name): \"\(value)\" is not allowed; must be \(allowed)")
                }
            } else if unacted.contains(name) {
                checked.warnings.append("annotation \(name) is accepted, but nothing acts on it yet")
            } else if prefixes.contains(where: name.hasPrefix) {
                checked.warnings.append("annotation \(name) is not known and ignored")
            }
        }
        checked.rewritesProbes = annotations["sidecar.istio.io/rewriteAppHTTPProbers"].flatMap(Bool.init)
        return checked
    }

    /// Names below these are ours to know, so that a typing error is told.
    private static let prefixes = [
        "sidecar.istio.io/", "traffic.sidecar.istio.io/", "status.sidecar.istio.io/", "proxy.istio.io/",
        "readiness.status.sidecar.istio.io/", "inject.istio.io/", "proxy.martlet.dev/",
    ]

    private static let rules: [String: AnnotationRule] = {
        var rules: [String: AnnotationRule] = [
            "sidecar.istio.io/inject": .anything, "sidecar.istio.io/status": .anything,
            "sidecar.istio.io/rewriteAppHTTPProbers": .boolean,
            "sidecar.istio.io/discoveryAddress": .notEmpty,
            "sidecar.istio.io/proxyImage": .notEmpty,
            "sidecar.istio.io/proxyImageType": .oneOf(["default", "debug", "distroless"]),
            "sidecar.istio.io/interceptionMode": .oneOf(["REDIRECT", "TPROXY", "NONE"]),
            "sidecar.istio.io/bootstrapOverride": .notEmpty,
            "sidecar.istio.io/userVolume": .namedObjects, "sidecar.istio.io/userVolumeMount": .namedObjects,
            "sidecar.istio.io/logLevel": .oneOf(AnnotationRule.logLevels),
            "sidecar.istio.io/componentLogLevel": .levels(isNameNeeded: true),
            "sidecar.istio.io/agentLogLevel": .levels(isNameNeeded: false),
            "sidecar.istio.io/nativeSidecar": .boolean,
            ContainerOrder.annotation: .anything,
            EffectiveProxyConfig.annotation: .anything, PodTemplate.overridesAnnotation: .anything,
            "inject.istio.io/templates": .listOf(PodTemplate.Name.allCases.map(\.rawValue)),
            "status.sidecar.istio.io/port": .number(0...65535),
            "readiness.status.sidecar.istio.io/initialDelaySeconds": .number(0...Int64(Int32.max)),
            "readiness.status.sidecar.istio.io/periodSeconds": .number(1...Int64(Int32.max)),
            "readiness.status.sidecar.istio.io/failureThreshold": .number(1...Int64(Int32.max)),
            "prometheus.istio.io/merge-metrics": .boolean,
            "proxy.martlet.dev/engine": .oneOf(InjectionSettings.Engine.allCases.map(\.rawValue)),
            "istio.io/reroute-virtual-interfaces": .anything,
        ]
        for name in ["proxyCPU", "proxyCPULimit", "proxyMemory", "proxyMemoryLimit"] {
            rules["sidecar.istio.io/\(name)"] = .quantity
        }
        let traffic = "traffic.sidecar.istio.io/"
        rules["\(traffic)includeOutboundIPRanges"] = .ranges(allowsAll: true)
        rules["\(traffic)excludeOutboundIPRanges"] = .ranges(allowsAll: false)
        rules["\(traffic)includeInboundPorts"] = .ports(allowsAll: true)
        rules["\(traffic)excludeInboundPorts"] = .ports(allowsAll: false)
        rules["\(traffic)includeOutboundPorts"] = .ports(allowsAll: true)
        rules["\(traffic)excludeOutboundPorts"] = .ports(allowsAll: false)
        rules["\(traffic)excludeInterfaces"] = .anything
        rules["\(traffic)kubevirtInterfaces"] = .anything
        return rules
    }()

    private static let unacted: Set<String> = [
        "sidecar.istio.io/extraStatTags", "sidecar.istio.io/statsHistogramBuckets",
        "sidecar.istio.io/statsFlushInterval", "sidecar.istio.io/statsEvictionInterval",
        "sidecar.istio.io/statsHistogramBins", "sidecar.istio.io/statsCompression",
        "sidecar.istio.io/statsInclusionPrefixes", "sidecar.istio.io/statsInclusionSuffixes",
        "sidecar.istio.io/statsInclusionRegexps", "readiness.status.sidecar.istio.io/applicationPorts",
        "ambient.istio.io/redirection", "ambient.istio.io/bypass-inbound-capture", "ambient.istio.io/dns-capture",
    ]
}
