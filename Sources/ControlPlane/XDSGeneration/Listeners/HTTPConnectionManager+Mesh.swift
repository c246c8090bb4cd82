import EnvoyAPI
import MeshConfig
import MeshModel
import SwiftProtobuf

extension XDS.HTTPConnectionManager {
    /// Where the routes come from.
    enum Routes {
        case discovered(String)
        case inline(XDS.RouteConfiguration)
    }

    /// Options of Istio's proxies for a direction (Istio `buildHTTPConnectionManager`, `buildGatewayConnectionManager`).
    init(_ direction: Direction, statPrefix: String, routes: Routes, mesh: MeshConfiguration, node: ProxyNode) {
        self.init()
        codecType = .auto
        self.statPrefix = statPrefix
        switch routes {
        case .discovered(let name):
            rds.configSource = .aggregated
            rds.routeConfigName = name
        case .inline(let configuration):
            routeConfig = configuration
        }
        generateRequestID = .init(true)
        useRemoteAddress = .init(direction == .gateway)
        streamIdleTimeout = .zero
        proxy100Continue = false
        setNormalization(mesh.pathNormalization)
        var websocket = UpgradeConfig()
        websocket.upgradeType = "websocket"
        upgradeConfigs = [websocket]
        accessLog = AccessLogs(mesh).filter
        httpFilters = [
            .init(ExtensionName.fault, XDS.HTTPFault()),
            .init(ExtensionName.cors, Envoy_Extensions_Filters_Http_Cors_V3_Cors()),
            .init(ExtensionName.router, Envoy_Extensions_Filters_Http_Router_V3_Router()),
        ]
        if direction != .outbound {
            // Answers to the sidecar's own application stay Envoy's: `server: envoy`.
            serverName = "istio-envoy"
            forwardClientCertDetails = .appendForward
            setCurrentClientCertDetails.subject = .init(true)
            setCurrentClientCertDetails.uri = true
            setCurrentClientCertDetails.dns = true
            setCurrentClientCertDetails.cert = direction == .gateway
        }
        if direction == .gateway { setTopology(GatewayTopology(of: node, in: mesh)) }
        if node.metadata["HTTP10"]?.text == "1" { httpProtocolOptions.acceptHTTP10 = true }
        if let idle = node.metadata["IDLE_TIMEOUT"]?.text.flatMap(Duration.init(goText:)) {
            commonHTTPProtocolOptions.idleTimeout = .init(idle)
        }
    }

    private mutating func setTopology(_ topology: GatewayTopology) {
        xffNumTrustedHops = topology.numTrustedProxies
        switch topology.forwardClientCertDetails {
        // At the edge nobody is believed who they say others are.
        case .undefined, .sanitizeSet: forwardClientCertDetails = .sanitizeSet
        case .sanitize: forwardClientCertDetails = .sanitize
        case .forwardOnly: forwardClientCertDetails = .forwardOnly
        case .appendForward: forwardClientCertDetails = .appendForward
        case .alwaysForwardOnly: forwardClientCertDetails = .alwaysForwardOnly
        }
    }

    private mutating func setNormalization(_ normalization: MeshConfiguration.PathNormalization) {
        normalizePath = .init(normalization != .none)
        pathWithEscapedSlashesAction = .keepUnchanged
        switch normalization {
        case .default, .none, .base: break
        case .mergeSlashes: mergeSlashes = true
        case .decodeAndMergeSlashes:
            mergeSlashes = true
            pathWithEscapedSlashesAction = .unescapeAndForward
        }
    }

    /// The manager as the last filter of a chain.
    var filter: XDS.Filter {
        var filter = XDS.Filter()
        filter.name = ExtensionName.httpConnectionManager
        filter.typedConfig = .init(packing: self)
        return filter
    }
}

/// Which way traffic goes, seen from the workload; or through a gateway.
enum Direction {
    case inbound
    case outbound
    case gateway
}

extension XDS.HTTPFilter {
    init(_ name: String, _ config: some Message) {
        self.init()
        self.name = name
        typedConfig = .init(packing: config)
    }
}

extension Duration {
    /// A time as Go writes it, `1h30m`, `15s`, `250ms`; nil when it is none (node metadata `IDLE_TIMEOUT`).
    init?(goText: String) {
        var total = Duration.zero
        var rest = goText[...]
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isNumber && $0.isASCII }
            guard let number = Int32(digits) else { return nil }
            rest = rest.dropFirst(digits.count)
            let unit = rest.prefix { $0.isLetter }
            rest = rest.dropFirst(unit.count)
            switch unit {
            case "h": total += .seconds(Int64(number) * 3600)
            case "m": total += .seconds(Int64(number) * 60)
            case "s": total += .seconds(Int64(number))
            case "ms": total += .milliseconds(Int64(number))
            default: return nil
            }
        }
        self = total
    }
}
