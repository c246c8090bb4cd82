extension FieldSupport {
    static let meshConfiguration: [String: FieldSupport] = {
        var result: [String: FieldSupport] = [
            "outboundTrafficPolicy.mode: ALLOW_ANY_DYNAMIC_DNS": .partly("as ALLOW_ANY"),
            "h2UpgradePolicy: UPGRADE": .envoyOnly,
            "accessLogFile": .envoyInFull(swiftEngine: "for HTTP requests"),
            "caCertificates[].spiffeBundleUrl": .ignored, "caCertificates[].certSigners": .ignored,
            "defaultConfig.gatewayTopology.proxyProtocol": .ignored,
            "caCertificates[].trustDomains": .partly("by trusting the roots for every trust domain"),
        ]
        result.merge(rows(defaultTrafficPolicy, below: "defaultTrafficPolicy")) { $1 }
        result["zoneAwareLbSetting"] = zoneAwareLbSetting
        // The agent takes these from its own command line and environment.
        for name in [
            "holdApplicationUntilProxyStarts", "proxyMetadata", "concurrency", "discoveryAddress", "drainDuration",
            "terminationDrainDuration", "proxyAdminPort", "statusPort", "interceptionMode",
        ] {
            result["defaultConfig.\(name)"] = .ignored
        }
        for name in meshIgnored { result[name] = .ignored }
        for name in ExtensionProvider.otherKinds { result["extensionProviders[].\(name)"] = .ignored }
        return result
    }()

    /// Fields of Istio's MeshConfig that are known by name and not read.
    static let meshIgnored = [
        "hboneIdleTimeout", "ingressClass", "ingressService", "ingressControllerMode", "ingressSelector",
        "enableTracing", "enableEnvoyAccessLogService", "disableEnvoyListenerLog", "enablePrometheusMerge",
        "ca", "discoverySelectors", "serviceSettings", "serviceScopeConfigs",
        "configSources", "serviceEntryVisibility", "defaultProviders",
        "verifyCertificateAtClient",
        "defaultConfig.tracing", "defaultConfig.meshId", "defaultConfig.image", "defaultConfig.readinessProbe",
        "defaultConfig.caCertificatesPem", "defaultConfig.proxyStatsMatcher",
        "defaultConfig.proxyHeaders", "defaultConfig.configPath", "defaultConfig.binaryPath",
        "defaultConfig.customConfigFile", "defaultConfig.proxyBootstrapTemplatePath", "defaultConfig.serviceCluster",
        "defaultConfig.tracingServiceName", "defaultConfig.statsdUdpAddress", "defaultConfig.statNameLength",
        "defaultConfig.controlPlaneAuthPolicy", "defaultConfig.envoyAccessLogService",
        "defaultConfig.envoyMetricsService", "defaultConfig.runtimeValues", "defaultConfig.extraStatTags",
        "defaultConfig.privateKeyProvider", "defaultConfig.fileFlushInterval", "defaultConfig.fileFlushMinSizeKb",
        "defaultConfig.statsCompression", "defaultConfig.connectionSettings",
    ]
}
