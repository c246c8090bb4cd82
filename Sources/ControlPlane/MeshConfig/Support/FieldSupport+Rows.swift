extension FieldSupport {
    static let virtualServiceEnvoyOnly = [
        "http[].retries", "http[].fault", "http[].mirror", "http[].mirrors", "http[].corsPolicy",
    ]
    static let virtualServiceIgnored = [
        "http[].match[].statPrefix", "http[].fault.delay.exponentialDelay", "tcp[].match[].sourceSubnet",
    ]

    static let sidecarIgnored = [
        "ingress[].tls", "ingress[].connectionPool", "inboundConnectionPool", "outboundTrafficPolicy.egressProxy",
        "ingress[].port.targetPort", "egress[].port.targetPort",
    ]

    static let serviceIgnored = ["trafficDistribution", "sessionAffinity"]

    /// A traffic policy stands in the rule and in its subsets, and its parts again in the settings of single ports.
    static let destinationRule: [String: FieldSupport] = {
        let parts: [(String, FieldSupport)] = [
            ("loadBalancer.consistentHash", .envoyOnly),
            ("loadBalancer.warmup", .envoyOnly),
            ("loadBalancer.warmupDurationSecs", .envoyOnly),
            ("loadBalancer.localityLbSetting", .envoyOnly),
            ("loadBalancer.backendUtilization", .ignored),
            ("loadBalancer.zoneAwareLbSetting", .ignored),
            ("connectionPool", .envoyOnly),
            ("outlierDetection", .envoyOnly),
            ("tls", .envoyOnly),
        ]
        let whole: [(String, FieldSupport)] = [
            ("tunnel", .ignored), ("proxyProtocol", .ignored), ("retryBudget", .ignored),
        ]
        var result: [String: FieldSupport] = [:]
        for policy in ["spec.trafficPolicy", "spec.subsets[].trafficPolicy"] {
            for (path, support) in parts {
                result["\(policy).\(path)"] = support
                result["\(policy).portLevelSettings[].\(path)"] = support
            }
            for (path, support) in whole { result["\(policy).\(path)"] = support }
        }
        return result
    }()

    /// Fields of Istio's MeshConfig that are known by name and not read.
    static let meshIgnored = [
        "hboneIdleTimeout", "ingressClass", "ingressService", "ingressControllerMode", "ingressSelector",
        "enableTracing", "enableEnvoyAccessLogService", "disableEnvoyListenerLog", "enablePrometheusMerge",
        "inboundClusterStatName", "outboundClusterStatName", "enableAutoMtls", "trustDomainAliases", "caCertificates",
        "ca", "meshMTLS", "tlsDefaults", "discoverySelectors", "serviceSettings", "serviceScopeConfigs",
        "configSources", "zoneAwareLbSetting", "serviceEntryVisibility", "defaultInboundHttpRetryPolicy",
        "defaultTrafficPolicy", "defaultProviders", "extensionProviders", "verifyCertificateAtClient",
        "defaultConfig.tracing", "defaultConfig.meshId", "defaultConfig.image", "defaultConfig.readinessProbe",
        "defaultConfig.caCertificatesPem", "defaultConfig.gatewayTopology", "defaultConfig.proxyStatsMatcher",
        "defaultConfig.proxyHeaders", "defaultConfig.configPath", "defaultConfig.binaryPath",
        "defaultConfig.customConfigFile", "defaultConfig.proxyBootstrapTemplatePath", "defaultConfig.serviceCluster",
        "defaultConfig.tracingServiceName", "defaultConfig.statsdUdpAddress", "defaultConfig.statNameLength",
        "defaultConfig.controlPlaneAuthPolicy", "defaultConfig.envoyAccessLogService",
        "defaultConfig.envoyMetricsService", "defaultConfig.runtimeValues", "defaultConfig.extraStatTags",
        "defaultConfig.privateKeyProvider", "defaultConfig.fileFlushInterval", "defaultConfig.fileFlushMinSizeKb",
        "defaultConfig.statsCompression", "defaultConfig.connectionSettings",
    ]
}
