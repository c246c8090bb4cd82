import KubernetesAPI
import MeshConfig

/// The init container that programs the pod's capture rules, or checks those of a node's CNI plugin. Pure.
struct CaptureTemplate: Sendable {
    let context: TemplateContext

    /// Nil when nothing is captured (`interceptionMode: NONE`).
    var container: JSONValue? {
        guard context.interceptionMode != .none else { return nil }
        let settings = context.settings
        let isCNI = settings.capture.isDoneByCNI
        var container: JSONValue = [
            "name": .string(isCNI ? SidecarTemplate.validationName : SidecarTemplate.initializationName),
            "image": .string(context.initializationImage),
            "args": .array(arguments.map { .string($0) }),
            "resources": settings.capture.resources == [:] ? settings.proxy.resources : settings.capture.resources,
            "securityContext": isCNI ? Self.unprivileged : privileged,
        ]
        let metadata = ProxyEnvironmentVariables(context: context, template: .sidecar).proxyMetadata
        if !metadata.isEmpty { container["env"] = .array(metadata) }
        if !settings.images.pullPolicy.isEmpty { container["imagePullPolicy"] = .string(settings.images.pullPolicy) }
        return container
    }

    private var arguments: [String] {
        let capture = context.settings.capture
        let annotations = context.annotations
        func setting(_ name: String, _ fallback: String) -> String {
            annotations["traffic.sidecar.istio.io/\(name)"] ?? fallback
        }
        var excluded = ["15090", "15021"]
        if context.statusPort != 0 { excluded.append(String(context.statusPort)) }
        for port in setting("excludeInboundPorts", capture.excludedInboundPorts).split(separator: ",") {
            let port = port.filter { $0 != " " }
            if !port.isEmpty, !excluded.contains(port) { excluded.append(port) }
        }
        var arguments = [
            "istio-iptables", "-p", "15001", "-z", "15006", "-u", "\(SidecarTemplate.proxyUser)",
            "-m", context.interceptionMode.rawValue,
            "-i", setting("includeOutboundIPRanges", capture.includedRanges),
            "-x", setting("excludeOutboundIPRanges", capture.excludedRanges),
            "-b", setting("includeInboundPorts", capture.includedInboundPorts),
            "-d", excluded.joined(separator: ","),
        ]
        let optional = [
            ("-q", setting("includeOutboundPorts", capture.includedOutboundPorts)),
            ("-o", setting("excludeOutboundPorts", capture.excludedOutboundPorts)),
            ("-k", annotations["istio.io/reroute-virtual-interfaces"] ?? setting("kubevirtInterfaces", "")),
            ("-c", setting("excludeInterfaces", "")),
        ]
        for (flag, value) in optional where !value.isEmpty { arguments += [flag, value] }
        let metadata = context.proxyConfig.typed.proxyMetadata
        if metadata["ISTIO_META_DNS_CAPTURE"] == "true" { arguments.append("--redirect-dns") }
        if metadata["ISTIO_DUAL_STACK"] == "true" { arguments.append("--dual-stack") }
        arguments.append("--log_output_level=" + context.settings.proxy.logOutputLevel)
        if capture.isForced { arguments.append("--force-apply") }
        if capture.isDoneByCNI { arguments += ["--run-validation", "--skip-rule-apply"] }
        return arguments
    }

    private var privileged: JSONValue {
        let isPrivileged = JSONValue.bool(context.settings.proxy.isPrivileged)
        return [
            "allowPrivilegeEscalation": isPrivileged, "privileged": isPrivileged,
            "capabilities": ["add": ["NET_ADMIN", "NET_RAW"], "drop": ["ALL"]],
            "readOnlyRootFilesystem": false, "runAsGroup": 0, "runAsNonRoot": false, "runAsUser": 0,
        ]
    }

    private static let unprivileged: JSONValue = [
        "allowPrivilegeEscalation": false, "privileged": false, "capabilities": ["drop": ["ALL"]],
        "readOnlyRootFilesystem": true, "runAsGroup": .integer(SidecarTemplate.proxyUser), "runAsNonRoot": true,
        "runAsUser": .integer(SidecarTemplate.proxyUser),
    ]
}
