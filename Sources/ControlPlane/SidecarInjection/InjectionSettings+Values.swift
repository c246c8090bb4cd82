import KubernetesAPI

extension InjectionSettings {
    mutating func readGlobal(_ reader: inout ValueReader) {
        revision = reader.string("revision")
        istioNamespace = reader.string("global.istioNamespace")
        network = reader.string("global.network")
        meshID = reader.string("global.meshID")
        let cluster = reader.string("global.multiCluster.clusterName")
        if !cluster.isEmpty { clusterID = cluster }
        let domain = reader.string("global.trustDomain")
        if !domain.isEmpty { trustDomain = domain }
        caAddress = reader.string("global.caAddress")
        certificateProvider = reader.string("global.pilotCertProvider")
        tokenAudience = reader.string("global.sds.token.aud")
        engine = reader.enumeration("martlet.engine", as: Engine.self) ?? engine
        images.hub = reader.string("global.hub")
        images.tag = reader.string("global.tag")
        images.variant = reader.string("global.variant")
        images.proxy = reader.string("global.proxy.image")
        images.initialization = reader.string("global.proxy_init.image")
        images.pullPolicy = reader.string("global.imagePullPolicy")
        images.pullSecrets = reader.list("global.imagePullSecrets").compactMap { $0.string ?? $0["name"]?.string }
    }

    mutating func readProxy(_ reader: inout ValueReader) {
        proxy.clusterDomain = reader.string("global.proxy.clusterDomain")
        proxy.logLevel = reader.string("global.proxy.logLevel")
        proxy.componentLogLevel = reader.string("global.proxy.componentLogLevel")
        proxy.logOutputLevel = reader.string("global.logging.level")
        proxy.statusPort = reader.port("global.proxy.statusPort") ?? proxy.statusPort
        proxy.resources = .object(reader.object("global.proxy.resources"))
        let lifecycle = reader.object("global.proxy.lifecycle")
        if !lifecycle.isEmpty { proxy.lifecycle = .object(lifecycle) }
        proxy.environment = reader.object("global.proxy.env").compactMapValues(\.scalarText)
        proxy.readinessInitialDelay = reader.count("global.proxy.readinessInitialDelaySeconds") ?? 0
        proxy.readinessPeriod = reader.count("global.proxy.readinessPeriodSeconds") ?? proxy.readinessPeriod
        proxy.readinessFailures = reader.count("global.proxy.readinessFailureThreshold") ?? proxy.readinessFailures
        let failures = reader.count("global.proxy.startupProbe.failureThreshold") ?? 600
        proxy.startupFailures = reader.bool("global.proxy.startupProbe.enabled") ?? true ? failures : nil
        proxy.isPrivileged = reader.bool("global.proxy.privileged") ?? false
        let seccomp = reader.object("global.proxy.seccompProfile")
        if !seccomp.isEmpty { proxy.seccompProfile = .object(seccomp) }
        // Read once all values are known to be marked; the mesh's configuration uses it.
        proxy.concurrency = reader.count("global.proxy.concurrency")
        proxy.holdsApplication = reader.bool("global.proxy.holdApplicationUntilProxyStarts") ?? false
    }

    mutating func readCapture(_ reader: inout ValueReader) {
        capture.includedRanges = reader.string("global.proxy.includeIPRanges")
        capture.excludedRanges = reader.string("global.proxy.excludeIPRanges")
        capture.includedInboundPorts = reader.string("global.proxy.includeInboundPorts")
        capture.excludedInboundPorts = reader.string("global.proxy.excludeInboundPorts")
        capture.includedOutboundPorts = reader.string("global.proxy.includeOutboundPorts")
        capture.excludedOutboundPorts = reader.string("global.proxy.excludeOutboundPorts")
        capture.resources = .object(reader.object("global.proxy_init.resources"))
        capture.isForced = reader.bool("global.proxy_init.forceApplyIptables") ?? false
        let older = reader.bool("istio_cni.enabled") ?? false
        capture.isDoneByCNI = reader.bool("pilot.cni.enabled") ?? older
    }

    mutating func readWebhook(_ reader: inout ValueReader) {
        rewritesProbes = reader.bool("sidecarInjectorWebhook.rewriteAppHTTPProbe") ?? true
        policy.injectsUnlabelledNamespaces =
            reader.bool("sidecarInjectorWebhook.enableNamespacesByDefault") ?? false
        policy.mode = reader.enumeration("global.proxy.autoInject", as: InjectionPolicy.Mode.self) ?? .enabled
        injectedAnnotations = reader.object("sidecarInjectorWebhook.injectedAnnotations").compactMapValues(\.string)
        var faults: [String] = []
        let never = reader.list("sidecarInjectorWebhook.neverInjectSelector")
        let always = reader.list("sidecarInjectorWebhook.alwaysInjectSelector")
        let templates = reader.list("sidecarInjectorWebhook.defaultTemplates")
        let path = "values.sidecarInjectorWebhook"
        policy.neverInject = Self.selectors(never, at: "\(path).neverInjectSelector", faults: &faults)
        policy.alwaysInject = Self.selectors(always, at: "\(path).alwaysInjectSelector", faults: &faults)
        readTemplates(templates, at: "\(path).defaultTemplates", faults: &faults)
        reader.report(faults)
    }
}
