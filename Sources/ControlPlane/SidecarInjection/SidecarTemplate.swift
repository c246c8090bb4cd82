import KubernetesAPI
import MeshConfig

/// The proxy's container and what belongs to it, for a sidecar or a gateway. Pure.
struct SidecarTemplate: Sendable {
    static let proxyName = "istio-proxy"
    static let initializationName = "istio-init"
    static let validationName = "istio-validation"
    /// User and group of the proxy; capture leaves their traffic alone.
    static let proxyUser: Int64 = 1337

    let context: TemplateContext
    let name: PodTemplate.Name

    var template: PodTemplate {
        var template = PodTemplate()
        template.labels = labels
        template.annotations = annotations
        template.volumes = volumes
        template.imagePullSecrets = context.settings.images.pullSecrets.map { ["name": .string($0)] }
        if name == .sidecar, let container = CaptureTemplate(context: context).container {
            template.initContainers.append(container)
        }
        if name == .sidecar, context.isNative {
            template.initContainers.append(proxy)
        } else {
            template.containers.append(proxy)
        }
        if name == .gateway {
            // A gateway listens on 80 and 443 without being root.
            template.securityContext = ["sysctls": [["name": "net.ipv4.ip_unprivileged_port_start", "value": "0"]]]
        }
        return template
    }

    private var labels: [String: String] {
        var labels = [
            "service.istio.io/canonical-name": context.workload.canonicalName(labels: context.labels),
            "service.istio.io/canonical-revision": WorkloadIdentity.canonicalRevision(labels: context.labels),
        ]
        if name == .sidecar {
            // What comes in without capture meets the application itself, which knows nothing of the mesh's TLS.
            let mode = context.interceptionMode == .none ? "disabled" : "istio"
            labels["security.istio.io/tlsMode"] = context.labels["security.istio.io/tlsMode"] ?? mode
        }
        if !context.network.isEmpty { labels["topology.istio.io/network"] = context.network }
        return labels
    }

    private var annotations: [String: String] {
        var annotations = ["istio.io/rev": context.settings.revision]
        guard name == .sidecar else { return annotations }
        if let first = context.applicationContainers.first?["name"]?.string {
            annotations["kubectl.kubernetes.io/default-container"] = first
            annotations["kubectl.kubernetes.io/default-logs-container"] = first
        }
        return annotations
    }

    private var proxy: JSONValue {
        let settings = context.settings
        var container: JSONValue = [
            "name": .string(Self.proxyName),
            "image": .string(context.proxyImage),
            "args": .array(arguments.map { .string($0) }),
            "ports": [["containerPort": 15090, "name": "http-envoy-prom", "protocol": "TCP"]],
            "env": .array(ProxyEnvironmentVariables(context: context, template: name).list),
            "resources": resources,
            "securityContext": securityContext,
            "volumeMounts": .array(volumeMounts),
        ]
        if !settings.images.pullPolicy.isEmpty { container["imagePullPolicy"] = .string(settings.images.pullPolicy) }
        if name == .sidecar, context.isNative { container["restartPolicy"] = "Always" }
        if let lifecycle { container["lifecycle"] = lifecycle }
        if context.statusPort != 0 {
            if let failures = settings.proxy.startupFailures {
                container["startupProbe"] = Self.ready(delay: 0, period: 1, failures: failures)
            }
            container["readinessProbe"] = Self.ready(
                delay: number(
                    "readiness.status.sidecar.istio.io/initialDelaySeconds",
                    settings.proxy.readinessInitialDelay
                ),
                period: number("readiness.status.sidecar.istio.io/periodSeconds", settings.proxy.readinessPeriod),
                failures: number("readiness.status.sidecar.istio.io/failureThreshold", settings.proxy.readinessFailures)
            )
        }
        return container
    }

    private func number(_ annotation: String, _ fallback: Int64) -> Int64 {
        context.annotations[annotation].flatMap { Int64($0) } ?? fallback
    }

    private static func ready(delay: Int64, period: Int64, failures: Int64) -> JSONValue {
        var probe: JSONValue = [
            "httpGet": ["path": "/healthz/ready", "port": 15021], "periodSeconds": .integer(period),
            "timeoutSeconds": 3, "failureThreshold": .integer(failures),
        ]
        if delay > 0 { probe["initialDelaySeconds"] = .integer(delay) }
        return probe
    }

    private var arguments: [String] {
        let proxy = context.settings.proxy
        return [
            "proxy", name == .gateway ? "router" : "sidecar",
            "--domain", "$(POD_NAMESPACE).svc.\(proxy.clusterDomain)",
            "--proxyLogLevel=\(context.annotation("sidecar.istio.io/logLevel", default: proxy.logLevel))",
            "--proxyComponentLogLevel="
                + context.annotation("sidecar.istio.io/componentLogLevel", default: proxy.componentLogLevel),
            "--log_output_level=" + context.annotation("sidecar.istio.io/agentLogLevel", default: proxy.logOutputLevel),
        ]
    }

    private var lifecycle: JSONValue? {
        if let own = context.settings.proxy.lifecycle { return own }
        guard name == .sidecar else { return nil }
        if context.isNative {
            let drain: JSONValue = ["pilot-agent", "request", "--debug-port=15020", "POST", "drain"]
            return ["preStop": ["exec": ["command": drain]]]
        }
        guard context.holdsApplication else { return nil }
        return ["postStart": ["exec": ["command": ["pilot-agent", "wait"]]]]
    }

    /// With one of the four annotations the values' resources do not count at all, as in Istio.
    private var resources: JSONValue {
        func quantities(_ cpu: String, _ memory: String) -> [String: String] {
            let names = ["cpu": "sidecar.istio.io/\(cpu)", "memory": "sidecar.istio.io/\(memory)"]
            return names.compactMapValues { context.annotations[$0] }
        }
        let requests = quantities("proxyCPU", "proxyMemory")
        let limits = quantities("proxyCPULimit", "proxyMemoryLimit")
        if requests.isEmpty, limits.isEmpty { return context.settings.proxy.resources }
        var resources: JSONValue = [:]
        if !requests.isEmpty { resources["requests"] = JSONValue(requests) }
        if !limits.isEmpty { resources["limits"] = JSONValue(limits) }
        return resources
    }

    private var securityContext: JSONValue {
        let proxy = context.settings.proxy
        let isTransparent = name == .sidecar && context.interceptionMode == .tproxy
        var security: JSONValue = [
            "allowPrivilegeEscalation": .bool(proxy.isPrivileged),
            "capabilities": ["drop": ["ALL"]],
            "privileged": .bool(proxy.isPrivileged),
            "readOnlyRootFilesystem": true,
            "runAsGroup": .integer(Self.proxyUser),
            "runAsNonRoot": .bool(!isTransparent),
            "runAsUser": .integer(isTransparent ? 0 : Self.proxyUser),
        ]
        // Sockets that take foreign addresses need the capability.
        if isTransparent { security["capabilities"]?["add"] = ["NET_ADMIN"] }
        if let profile = proxy.seccompProfile { security["seccompProfile"] = profile }
        return security
    }
}
