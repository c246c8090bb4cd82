extension MeshConfiguration {
    /// Reads mesh-wide settings over `base`: fields that are written replace it, `defaultConfig` is merged field by
    /// field (as Istio's `ApplyMeshConfig` does).
    ///
    /// Returns nil settings when there are errors, so that the last good ones can stay.
    package static func decode(
        _ source: MeshConfigurationSource,
        over base: MeshConfiguration = MeshConfiguration(),
        limits: YAMLLimits = YAMLLimits()
    ) -> (configuration: MeshConfiguration?, diagnostics: [Diagnostic]) {
        var first: YAMLNode?
        let bytes = Array(source.text.utf8)
        let file = YAMLFile(bytes: bytes, file: source.file, limits: limits, firstLine: source.line) { root in
            first = root
            return false
        }
        guard file.diagnostics.isEmpty else { return (nil, file.diagnostics) }
        guard let root = first else { return (base, []) }
        let session = DecodeSession(file: source.file)
        session.object = "MeshConfig"
        let fields = FieldReader(root, path: "", pattern: "", session: session)
        var configuration = base
        configuration.merge(fields)
        fields.finish()
        guard !session.hasErrors else { return (nil, session.diagnostics) }
        ObjectDecoder.warnOfUnsupportedFields(kind: "MeshConfig", session: session)
        return (configuration, session.diagnostics)
    }

    private mutating func merge(_ fields: FieldReader) {
        mergePolicies(fields)
        mergeLogging(fields)
        mergeVisibility(fields)
        mergeProviders(fields)
        mergeSecurity(fields)
        mergeConnections(fields)
        if let config = fields.reader("defaultConfig") {
            defaultConfig.merge(config)
            config.finish()
        }
        for name in FieldSupport.meshIgnored where !name.contains(".") { _ = fields.value(name) }
    }

    private mutating func mergePolicies(_ fields: FieldReader) {
        if let policy = fields.reader("outboundTrafficPolicy") {
            outboundTrafficPolicy = policy.enumeration("mode") ?? .registryOnly
            policy.finish()
        }
        if let policy = fields.reader("inboundTrafficPolicy") {
            inboundTrafficPolicy = policy.enumeration("mode") ?? .passthrough
            policy.finish()
        }
        if let path = fields.reader("pathNormalization") {
            pathNormalization = path.enumeration("normalization") ?? .default
            path.finish()
        }
        if let setting: LocalityLbSetting = fields.message("localityLbSetting") { localityLbSetting = setting }
        zoneAwareLbSetting = fields.message("zoneAwareLbSetting") ?? zoneAwareLbSetting
        if let policy: HTTPRetry = fields.message("defaultHttpRetryPolicy") { defaultHttpRetryPolicy = policy }
        if let inbound = fields.reader("defaultInboundHttpRetryPolicy") {
            defaultInboundHttpRetryPolicy = HTTPRetry(fields: inbound)
            for name in ["perTryTimeout", "retryRemoteLocalities", "retryIgnorePreviousHosts"] where inbound.has(name) {
                inbound.warning(name, "has no effect on the way to the workload itself")
            }
            inbound.finish()
        }
        defaultTrafficPolicy = fields.message("defaultTrafficPolicy") ?? defaultTrafficPolicy
    }

    private mutating func mergeLogging(_ fields: FieldReader) {
        if fields.isWritten("accessLogFile") { accessLogFile = fields.string("accessLogFile") }
        if fields.isWritten("accessLogFormat") { accessLogFormat = fields.string("accessLogFormat") }
        accessLogEncoding = fields.enumeration("accessLogEncoding") ?? accessLogEncoding
        if accessLogEncoding == .json, !accessLogFormat.isEmpty, !accessLogFormat.hasPrefix("{") {
            fields.error("accessLogFormat", "must be a JSON object when accessLogEncoding is JSON")
        }
        if fields.isWritten("inboundClusterStatName") {
            inboundClusterStatName = fields.string("inboundClusterStatName")
        }
        if fields.isWritten("outboundClusterStatName") {
            outboundClusterStatName = fields.string("outboundClusterStatName")
        }
    }

    private mutating func mergeVisibility(_ fields: FieldReader) {
        if fields.isWritten("rootNamespace") {
            rootNamespace = fields.requiredString("rootNamespace")
            if !rootNamespace.isEmpty, let reason = NameSyntax.label(rootNamespace) {
                fields.error("rootNamespace", reason)
            }
        }
        let services = fields.exportTo("defaultServiceExportTo")
        let virtualServices = fields.exportTo("defaultVirtualServiceExportTo")
        let destinationRules = fields.exportTo("defaultDestinationRuleExportTo")
        if !services.isEmpty { defaultServiceExportTo = services }
        if !virtualServices.isEmpty { defaultVirtualServiceExportTo = virtualServices }
        if !destinationRules.isEmpty { defaultDestinationRuleExportTo = destinationRules }
    }

    private mutating func mergeProviders(_ fields: FieldReader) {
        guard fields.isWritten("extensionProviders") else { return }
        extensionProviders = fields.messages("extensionProviders")
        var names: Set<String> = []
        for name in extensionProviders.map(\.name) where !name.isEmpty && !names.insert(name).inserted {
            fields.error("extensionProviders", "two providers are named \(name.quotedForMessage)")
        }
    }

    private mutating func mergeSecurity(_ fields: FieldReader) {
        if fields.isWritten("trustDomain") {
            trustDomain = fields.requiredString("trustDomain")
            if !trustDomain.isEmpty, let reason = HostSyntax.domain(trustDomain) { fields.error("trustDomain", reason) }
        }
        if fields.isWritten("trustDomainAliases") {
            trustDomainAliases = fields.strings("trustDomainAliases", checkedBy: HostSyntax.domain)
        }
        enableAutoMtls = fields.bool("enableAutoMtls") ?? enableAutoMtls
        meshMTLS = fields.message("meshMTLS") ?? meshMTLS
        tlsDefaults = fields.message("tlsDefaults") ?? tlsDefaults
        if fields.isWritten("caCertificates") { caCertificates = fields.messages("caCertificates") }
    }

    private mutating func mergeConnections(_ fields: FieldReader) {
        connectTimeout = fields.duration("connectTimeout") ?? connectTimeout
        protocolDetectionTimeout =
            fields.duration("protocolDetectionTimeout", atLeast: .zero)
            ?? protocolDetectionTimeout
        proxyListenPort = fields.port("proxyListenPort") ?? proxyListenPort
        proxyInboundListenPort = fields.port("proxyInboundListenPort") ?? proxyInboundListenPort
        proxyHttpPort = fields.integer("proxyHttpPort", in: 0...65535) ?? proxyHttpPort
        dnsRefreshRate = fields.duration("dnsRefreshRate") ?? dnsRefreshRate
        tcpKeepalive = fields.message("tcpKeepalive") ?? tcpKeepalive
        h2UpgradePolicy = fields.meshUpgradePolicy("h2UpgradePolicy") ?? h2UpgradePolicy
    }
}

extension MeshConfiguration.DefaultTrafficPolicy: FieldDecodable {
    init(fields: FieldReader) {
        self.init()
        connectionPool = fields.message("connectionPool")
        outlierDetection = fields.message("outlierDetection")
    }
}

extension ProxyConfiguration {
    fileprivate mutating func merge(_ fields: FieldReader) {
        holdApplicationUntilProxyStarts =
            fields.bool("holdApplicationUntilProxyStarts")
            ?? holdApplicationUntilProxyStarts
        proxyMetadata.merge(fields.stringMap("proxyMetadata")) { $1 }
        concurrency = fields.integer("concurrency", in: 0...1024) ?? concurrency
        if fields.isWritten("discoveryAddress") { discoveryAddress = fields.string("discoveryAddress") }
        drainDuration = fields.duration("drainDuration") ?? drainDuration
        terminationDrainDuration =
            fields.duration("terminationDrainDuration", atLeast: .zero)
            ?? terminationDrainDuration
        proxyAdminPort = fields.integer("proxyAdminPort", in: 0...65535) ?? proxyAdminPort
        statusPort = fields.integer("statusPort", in: 0...65535) ?? statusPort
        interceptionMode = fields.enumeration("interceptionMode") ?? interceptionMode
        gatewayTopology = fields.message("gatewayTopology") ?? gatewayTopology
        let prefix = "defaultConfig."
        for name in FieldSupport.meshIgnored where name.hasPrefix(prefix) {
            _ = fields.value(String(name.dropFirst(prefix.count)))
        }
    }
}

extension FieldReader {
    /// Whether a field is written and not null; the name counts as known.
    fileprivate func isWritten(_ name: String) -> Bool { value(name) != nil }

    /// MeshConfig has its own names for the two policies (Istio `MeshConfig.H2UpgradePolicy`).
    fileprivate func meshUpgradePolicy(_ name: String) -> HTTPSettings.H2UpgradePolicy? {
        enum Policy: String, CaseIterable {
            case doNotUpgrade = "DO_NOT_UPGRADE"
            case upgrade = "UPGRADE"
        }
        switch enumeration(name, as: Policy.self) {
        case .doNotUpgrade: return .doNotUpgrade
        case .upgrade: return .upgrade
        case nil: return nil
        }
    }
}
