import KubernetesAPI
import MeshConfig

/// Environment of the container `istio-proxy`, in Istio's order. Pure.
struct ProxyEnvironmentVariables: Sendable {
    let context: TemplateContext
    let template: PodTemplate.Name

    var list: [JSONValue] {
        var list = identity + metadata
        let settings = context.settings
        if let mesh = [settings.meshID, settings.trustDomain].first(where: { !$0.isEmpty }) {
            list.append(Self.variable("ISTIO_META_MESH_ID", mesh))
        }
        if !settings.trustDomain.isEmpty { list.append(Self.variable("TRUST_DOMAIN", settings.trustDomain)) }
        if context.annotations["sidecar.istio.io/bootstrapOverride"] != nil {
            list.append(
                Self.variable("ISTIO_BOOTSTRAP_OVERRIDE", "/etc/istio/custom-bootstrap/custom_bootstrap.json")
            )
        }
        if settings.forwardsInboundToLocalhost {
            list.append(Self.variable("REWRITE_PROBE_LEGACY_LOCALHOST_DESTINATION", "true"))
        }
        list.append(Self.variable("MARTLET_ENGINE", context.engine.rawValue))
        // A Job is done when all its containers are; the kubelet ends native sidecars by itself.
        if template == .sidecar, !context.isNative, ["Job", "CronJob"].contains(context.workload.kind) {
            list.append(Self.variable("MARTLET_EXIT_WITH_APPLICATION", "true"))
        }
        for (name, value) in context.settings.proxy.environment.sorted(by: { $0.key < $1.key }) {
            list.append(Self.variable(name, value))
        }
        list += proxyMetadata
        return list
    }

    /// `proxyMetadata` of the proxy configuration; the init container gets it, too.
    var proxyMetadata: [JSONValue] {
        context.proxyConfig.typed.proxyMetadata.sorted { $0.key < $1.key }.map { Self.variable($0.key, $0.value) }
    }

    static func variable(_ name: String, _ value: String) -> JSONValue {
        ["name": .string(name), "value": .string(value)]
    }

    private static func field(_ name: String, _ path: String) -> JSONValue {
        ["name": .string(name), "valueFrom": ["fieldRef": ["fieldPath": .string(path)]]]
    }

    private static func resource(_ name: String, _ resource: String) -> JSONValue {
        ["name": .string(name), "valueFrom": ["resourceFieldRef": ["resource": .string(resource)]]]
    }

    private var identity: [JSONValue] {
        let settings = context.settings
        return [
            Self.variable("PILOT_CERT_PROVIDER", settings.certificateProvider),
            Self.variable("CA_ADDR", settings.caAddress.isEmpty ? "\(settings.istiod):15012" : settings.caAddress),
            Self.field("POD_NAME", "metadata.name"),
            Self.field("POD_NAMESPACE", "metadata.namespace"),
            Self.field("INSTANCE_IP", "status.podIP"),
            Self.field("SERVICE_ACCOUNT", "spec.serviceAccountName"),
            Self.field("HOST_IP", "status.hostIP"),
            Self.resource("ISTIO_CPU_LIMIT", "limits.cpu"),
            Self.variable("PROXY_CONFIG", context.proxyConfig.environmentValue),
        ]
    }

    private var metadata: [JSONValue] {
        var list: [JSONValue] = []
        if template == .sidecar {
            let ports = context.applicationContainers.flatMap { $0["ports"]?.array ?? [] }
            let names = context.applicationContainers.compactMap { $0["name"]?.string }
            list.append(Self.variable("ISTIO_META_POD_PORTS", JSONValue.array(ports).jsonText))
            list.append(Self.variable("ISTIO_META_APP_CONTAINERS", names.joined(separator: ",")))
        }
        list += [
            Self.resource("GOMEMLIMIT", "limits.memory"),
            Self.resource("GOMAXPROCS", "limits.cpu"),
            Self.variable("ISTIO_META_CLUSTER_ID", context.cluster),
            Self.field("ISTIO_META_NODE_NAME", "spec.nodeName"),
        ]
        if template == .sidecar {
            list.append(Self.variable("ISTIO_META_INTERCEPTION_MODE", context.interceptionMode.rawValue))
        }
        if !context.network.isEmpty { list.append(Self.variable("ISTIO_META_NETWORK", context.network)) }
        if !context.workload.name.isEmpty {
            list.append(Self.variable("ISTIO_META_WORKLOAD_NAME", context.workload.name))
            list.append(Self.variable("ISTIO_META_OWNER", context.workload.owner))
        }
        return list
    }
}
