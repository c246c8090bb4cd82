extension DestinationRule: FieldDecodable {
    /// Rules of Istio's `ValidateDestinationRule`.
    init(fields: FieldReader) {
        self.init()
        host = fields.requiredString("host")
        trafficPolicy = fields.message("trafficPolicy")
        subsets = fields.messages("subsets")
        exportTo = fields.exportTo()
        if let selector = fields.reader("workloadSelector") {
            workloadSelector = WorkloadSelector(labels: selector.labels("matchLabels"))
            selector.finish()
        }
        if !host.isEmpty, let reason = HostSyntax.wildcardDomainOrAddress(host) { fields.error("host", reason) }
        var seen: Set<String> = []
        for subset in subsets where !seen.insert(subset.name).inserted {
            fields.error("subsets", "two subsets are named \(subset.name.quotedForMessage)")
        }
        warnOfFailover(fields)
        warnOfCredentials(fields)
    }

    /// Secrets go to gateways, and to sidecars that a rule chooses; the others speak plainly, as with Istio.
    private func warnOfCredentials(_ fields: FieldReader) {
        guard workloadSelector == nil else { return }
        let reason = "credentialName has effect at gateways only; sidecars need a workloadSelector, or files"
        if trafficPolicy?.namesCredential == true { fields.warning("trafficPolicy", "tls: \(reason)") }
        for subset in subsets where subset.trafficPolicy?.namesCredential == true {
            fields.warning("subsets", "tls of subset \(subset.name): \(reason)")
        }
    }

    /// Traffic fails over only when somebody notices that endpoints fail.
    private func warnOfFailover(_ fields: FieldReader) {
        let reason = "fails over only with outlierDetection, which the rule does not have"
        if trafficPolicy?.loadBalancer?.failsOver == true, trafficPolicy?.outlierDetection == nil {
            fields.warning("trafficPolicy", "loadBalancer \(reason)")
        }
        for subset in subsets where subset.trafficPolicy?.loadBalancer?.failsOver == true {
            guard subset.trafficPolicy?.outlierDetection ?? trafficPolicy?.outlierDetection == nil else { continue }
            fields.warning("subsets", "loadBalancer of subset \(subset.name) \(reason)")
        }
    }
}

extension TrafficPolicy {
    /// Whether some TLS takes its certificates from a Secret.
    fileprivate var namesCredential: Bool {
        ([tls] + portLevelSettings.map(\.tls)).contains { settings in
            guard let settings, !settings.credentialName.isEmpty else { return false }
            return settings.mode == .simple || settings.mode == .mutual
        }
    }
}

extension LoadBalancerSettings {
    /// Whether the rule says in which order localities take over.
    fileprivate var failsOver: Bool {
        let locality = localityLbSetting.map { !$0.failover.isEmpty || !$0.failoverPriority.isEmpty } ?? false
        let zones = zoneAwareLbSetting.map { !$0.failover.isEmpty || !$0.failoverPriority.isEmpty } ?? false
        return locality || zones
    }
}

extension Subset: FieldDecodable {
    init(fields: FieldReader) {
        self.init(name: fields.requiredString("name"), labels: fields.labels("labels"))
        source = fields.location
        trafficPolicy = fields.message("trafficPolicy")
        if !name.isEmpty, let reason = NameSyntax.label(name) { fields.error("name", reason) }
        if labels.isEmpty { fields.warning("labels", "no labels: the subset is every endpoint of the host") }
    }
}

extension TrafficPolicy: FieldDecodable {
    init(fields: FieldReader) {
        self.init()
        loadBalancer = fields.message("loadBalancer")
        connectionPool = fields.message("connectionPool")
        outlierDetection = fields.message("outlierDetection")
        tls = fields.message("tls")
        portLevelSettings = fields.messages("portLevelSettings")
        tunnel = fields.message("tunnel")
        proxyProtocol = fields.message("proxyProtocol")
        retryBudget = fields.message("retryBudget")
        fields.require(
            self != TrafficPolicy(),
            "",
            "must set one of loadBalancer, connectionPool, outlierDetection, tls, portLevelSettings, tunnel, "
                + "proxyProtocol, retryBudget"
        )
        fields.exclusive("tunnel", "proxyProtocol")
        var seen: Set<UInt32> = []
        for number in portLevelSettings.compactMap(\.port?.number) where !seen.insert(number).inserted {
            fields.error("portLevelSettings", "two settings are for port \(number)")
        }
    }
}

extension PortTrafficPolicy: FieldDecodable {
    init(fields: FieldReader) {
        self.init()
        source = fields.location
        port = fields.requiredMessage("port")
        loadBalancer = fields.message("loadBalancer")
        connectionPool = fields.message("connectionPool")
        outlierDetection = fields.message("outlierDetection")
        tls = fields.message("tls")
        fields.require(
            loadBalancer != nil || connectionPool != nil || outlierDetection != nil || tls != nil,
            "",
            "must set one of loadBalancer, connectionPool, outlierDetection, tls"
        )
    }
}

extension TunnelSettings: FieldDecodable {
    init(fields: FieldReader) {
        self.init()
        `protocol` = fields.string("protocol")
        targetHost = fields.requiredString("targetHost")
        fields.require(fields.has("targetPort"), "targetPort", "is required")
        targetPort = fields.port("targetPort") ?? 0
        fields.require(
            ["", "CONNECT", "POST"].contains(`protocol`),
            "protocol",
            "must be CONNECT or POST, not \(`protocol`.quotedForMessage)"
        )
        if !targetHost.isEmpty, !AddressSyntax.isAddress(targetHost), let reason = HostSyntax.domain(targetHost) {
            fields.error("targetHost", reason)
        }
    }
}

extension ProxyProtocol: FieldDecodable {
    init(fields: FieldReader) {
        self.init()
        version = fields.enumeration("version") ?? .v1
    }
}

extension RetryBudget: FieldDecodable {
    init(fields: FieldReader) {
        self.init()
        percent = fields.double("percent", in: 0...100)
        minRetryConcurrency = fields.uint32("minRetryConcurrency")
        budgetInterval = fields.duration("budgetInterval")
    }
}
