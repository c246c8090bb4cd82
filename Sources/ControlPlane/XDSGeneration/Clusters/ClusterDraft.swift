import EnvoyAPI
import MeshConfig
import MeshModel
import SwiftProtobuf

/// A cluster while policies are applied to it; the HTTP options are packed last because several policies write them.
struct ClusterDraft {
    var cluster: XDS.Cluster
    var httpOptions: XDS.HTTPProtocolOptions?

    /// Ends the name in statistics, which go on with `.` (Istio `DelimitedStatsPrefix`).
    static let statisticsDelimiter = ";"

    init(name: String, type: XDS.Cluster.DiscoveryType, mesh: MeshConfiguration) {
        cluster = XDS.Cluster()
        cluster.name = name
        cluster.altStatName = name + Self.statisticsDelimiter
        cluster.type = type
        cluster.connectTimeout = .init(mesh.connectTimeout.isPositive ? mesh.connectTimeout : .seconds(10))
    }

    /// The finished cluster.
    func build() -> XDS.Cluster {
        var result = cluster
        // Envoy refuses options that name no protocol.
        if var options = httpOptions {
            if options.upstreamProtocolOptions == nil {
                options.explicitHTTPConfig.httpProtocolOptions = .init()
            }
            result.typedExtensionProtocolOptions[ExtensionName.upstreamHTTPProtocolOptions] = .init(packing: options)
        }
        if result.type == .eds {
            result.edsClusterConfig.serviceName = result.name
            result.edsClusterConfig.edsConfig = .aggregated
        }
        return result
    }

    /// Protocol spoken upstream (Istio `setUpstreamProtocol`): HTTP/2 where declared, the caller's on sniffed ports.
    mutating func speak(_ protocol: PortProtocol, isSidecar: Bool) {
        if `protocol`.isHTTP2 {
            speakHTTP2()
        } else if `protocol`.isSniffed && isSidecar {
            followCaller()
        }
    }

    mutating func speakHTTP2() {
        guard httpOptions?.upstreamProtocolOptions == nil else { return }
        httpOptions = httpOptions ?? .init()
        httpOptions?.explicitHTTPConfig.http2ProtocolOptions = .init()
    }

    mutating func followCaller() {
        httpOptions = httpOptions ?? .init()
        httpOptions?.useDownstreamProtocolConfig.httpProtocolOptions = .init()
        httpOptions?.useDownstreamProtocolConfig.http2ProtocolOptions = .init()
    }
}
