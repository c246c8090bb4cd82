/// What a port is said to speak (Istio `protocol.Instance`).
package enum PortProtocol: String, Sendable, Hashable, CaseIterable {
    case http = "HTTP"
    case http2 = "HTTP2"
    case httpProxy = "HTTP_PROXY"
    case grpc = "GRPC"
    case grpcWeb = "GRPC-Web"
    case https = "HTTPS"
    case tls = "TLS"
    case tcp = "TCP"
    case udp = "UDP"
    case mongo = "Mongo"
    case mysql = "MySQL"
    case redis = "Redis"
    /// Nothing was said, or nothing known: the first bytes decide (sniffing).
    case unsupported = "UnsupportedProtocol"

    /// By Istio's name, in any case; anything else is `unsupported` (Istio `protocol.Parse`).
    package init(name: some StringProtocol) {
        self =
            switch name.lowercased() {
            case "http": .http
            case "http2": .http2
            case "http_proxy": .httpProxy
            case "grpc": .grpc
            case "grpc-web": .grpcWeb
            case "https": .https
            case "tls": .tls
            case "tcp": .tcp
            case "udp": .udp
            case "mongo": .mongo
            case "mysql": .mysql
            case "redis": .redis
            default: .unsupported
            }
    }

    /// Protocol of a Kubernetes port: UDP, then `appProtocol`, then the name up to its first `-`, then the well-known
    /// ports of protocols whose server speaks first (Istio `kube.ConvertProtocol`).
    package static func of(port: UInt32, name: String, appProtocol: String, isUDP: Bool = false) -> PortProtocol {
        if isUDP { return .udp }
        switch appProtocol {
        case "kubernetes.io/h2c": return .http2
        case "kubernetes.io/ws": return .http
        case "kubernetes.io/wss": return .https
        default: break
        }
        let said = appProtocol.isEmpty ? name : appProtocol
        if said.lowercased().hasPrefix("grpc-web") { return .grpcWeb }
        let parsed = PortProtocol(name: said.prefix { $0 != "-" })
        return parsed == .unsupported && serverFirstPorts.contains(port) ? .tcp : parsed
    }

    /// SMTP, DNS, MySQL and MongoDB: sniffing would wait for a client that waits for the server.
    private static let serverFirstPorts: Set<UInt32> = [25, 53, 3306, 27017]

    /// Whether requests are routed, rather than connections.
    package var isHTTP: Bool {
        switch self {
        case .http, .http2, .httpProxy, .grpc, .grpcWeb: true
        case .https, .tls, .tcp, .udp, .mongo, .mysql, .redis, .unsupported: false
        }
    }

    /// Whether the server is spoken to with HTTP/2.
    package var isHTTP2: Bool { self == .http2 || self == .grpc || self == .grpcWeb }

    /// Whether connections carry TLS that the sidecar does not open.
    package var isTLS: Bool { self == .https || self == .tls }

    /// What is left once somebody opened the TLS that the protocol is carried in (Istio `AfterTLSTermination`).
    package var afterTLSTermination: PortProtocol {
        switch self {
        case .https: .http
        case .tls: .tcp
        default: self
        }
    }

    /// Whether connections are routed, rather than requests; sniffed ports and UDP are neither.
    package var isTCP: Bool {
        switch self {
        case .https, .tls, .tcp, .mongo, .mysql, .redis: true
        case .http, .http2, .httpProxy, .grpc, .grpcWeb, .udp, .unsupported: false
        }
    }

    /// Whether the first bytes decide between HTTP and TCP.
    package var isSniffed: Bool { self == .unsupported }
}
