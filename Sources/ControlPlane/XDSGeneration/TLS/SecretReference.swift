import EnvoyAPI
import SwiftProtobuf

/// Where a proxy gets a certificate or a trust bundle from, by Istio's names of secrets.
enum SecretReference: Hashable {
    /// The workload's own certificate and key, from its agent.
    case workload
    /// Authorities of the mesh, from the agent.
    case meshRoots
    /// A certificate and key in files the agent reads and watches.
    case files(certificate: String, key: String)
    /// Authorities in a file the agent reads and watches; `system` are those of the machine.
    case authoritiesFile(String)
    /// A Kubernetes Secret of the proxy's namespace, from the control plane.
    case kubernetes(String)

    /// Suffix of a Secret that holds authorities alone (Istio `SdsCaSuffix`).
    static let authoritiesSuffix = "-cacert"

    /// Reads a `credentialName` (Istio `ToResourceName`), with `-cacert` where authorities are meant.
    init(credential name: String, authorities: Bool = false) {
        switch name {
        case "builtin://": self = authorities ? .meshRoots : .workload
        default:
            let scheme = "kubernetes://"
            let bare = name.hasPrefix(scheme) ? String(name.dropFirst(scheme.count)) : name
            self = .kubernetes(authorities ? bare + Self.authoritiesSuffix : bare)
        }
    }

    /// Name of the secret.
    var name: String {
        switch self {
        case .workload: "default"
        case .meshRoots: "ROOTCA"
        case .files(let certificate, let key): "file-cert:\(certificate)~\(key)"
        case .authoritiesFile(let path): "file-root:\(path)"
        case .kubernetes(let name): "kubernetes://\(name)"
        }
    }

    var config: XDS.SDSSecretConfig {
        var config = XDS.SDSSecretConfig()
        config.name = name
        switch self {
        case .workload, .meshRoots:
            config.sdsConfig = Self.agent
            // Connections wait for the workload's certificate: without one they must not begin.
            config.sdsConfig.initialFetchTimeout = .zero
        case .files, .authoritiesFile: config.sdsConfig = Self.agent
        case .kubernetes: config.sdsConfig = Self.controlPlane
        }
        return config
    }

    /// The agent beside the proxy, by the cluster that its bootstrap has.
    private static let agent: XDS.ConfigSource = {
        var service = Envoy_Config_Core_V3_GrpcService()
        service.envoyGrpc.clusterName = "sds-grpc"
        var source = XDS.ConfigSource()
        source.apiConfigSource.apiType = .grpc
        source.apiConfigSource.transportApiVersion = .v3
        source.apiConfigSource.grpcServices = [service]
        source.apiConfigSource.setNodeOnFirstMessageOnly = true
        source.resourceApiVersion = .v3
        return source
    }()

    /// The discovery stream. Unlike other resources a Secret may never come, and must not hold up the rest for ever.
    private static let controlPlane: XDS.ConfigSource = {
        var source = XDS.ConfigSource()
        source.ads = Envoy_Config_Core_V3_AggregatedConfigSource()
        source.resourceApiVersion = .v3
        return source
    }()
}
