import EnvoyAPI
import ProxySnapshot
import SecurityTags
import SwiftProtobuf
import Testing

/// Builders of resources as a control plane writes them.
enum Resource {
    static func update(_ name: String, _ message: some Message, version: String = "1") throws -> ResourceUpdate {
        ResourceUpdate(name: name, version: version, resource: try Google_Protobuf_Any(message: message))
    }

    static func cluster(_ name: String, eds: Bool = true) -> Envoy_Config_Cluster_V3_Cluster {
        var cluster = Envoy_Config_Cluster_V3_Cluster()
        cluster.name = name
        if eds {
            cluster.type = .eds
            cluster.edsClusterConfig.edsConfig.ads = Envoy_Config_Core_V3_AggregatedConfigSource()
        }
        return cluster
    }

    static func endpoints(_ name: String, _ addresses: [String]) -> Envoy_Config_Endpoint_V3_ClusterLoadAssignment {
        var assignment = Envoy_Config_Endpoint_V3_ClusterLoadAssignment()
        assignment.clusterName = name
        var group = Envoy_Config_Endpoint_V3_LocalityLbEndpoints()
        group.lbEndpoints = addresses.map { address in
            var endpoint = Envoy_Config_Endpoint_V3_LbEndpoint()
            endpoint.endpoint.address.socketAddress.address = address
            endpoint.endpoint.address.socketAddress.portValue = 80
            return endpoint
        }
        assignment.endpoints = [group]
        return assignment
    }

    static func routes(_ name: String, cluster: String) -> Envoy_Config_Route_V3_RouteConfiguration {
        var route = Envoy_Config_Route_V3_Route()
        route.match.prefix = "/"
        route.route.cluster = cluster
        var host = Envoy_Config_Route_V3_VirtualHost()
        host.name = "all"
        host.domains = ["*"]
        host.routes = [route]
        var table = Envoy_Config_Route_V3_RouteConfiguration()
        table.name = name
        table.virtualHosts = [host]
        return table
    }

    static func listener(
        _ name: String,
        rds: String,
        filters: [String] = []
    ) throws -> Envoy_Config_Listener_V3_Listener {
        typealias Filter = Envoy_Extensions_Filters_Network_HttpConnectionManager_V3_HttpFilter
        var manager = Envoy_Extensions_Filters_Network_HttpConnectionManager_V3_HttpConnectionManager()
        manager.statPrefix = name
        manager.rds.routeConfigName = rds
        manager.rds.configSource.ads = Envoy_Config_Core_V3_AggregatedConfigSource()
        manager.httpFilters = filters.map { filter in
            var message = Filter()
            message.name = filter
            message.typedConfig.typeURL = "type.googleapis.com/unknown.\(filter)"
            message.isOptional = filter.hasPrefix("optional")
            return message
        }
        var router = Filter()
        router.name = "envoy.filters.http.router"
        router.typedConfig = try Google_Protobuf_Any(message: Envoy_Extensions_Filters_Http_Router_V3_Router())
        manager.httpFilters.append(router)
        var filter = Envoy_Config_Listener_V3_Filter()
        filter.typedConfig = try Google_Protobuf_Any(message: manager)
        var chain = Envoy_Config_Listener_V3_FilterChain()
        chain.filters = [filter]
        var listener = Envoy_Config_Listener_V3_Listener()
        listener.name = name
        listener.address.socketAddress.address = "0.0.0.0"
        listener.address.socketAddress.portValue = 80
        listener.filterChains = [chain]
        return listener
    }
}

@Suite struct SnapshotBuilderTests {
    /// Row 23: what cannot be used is refused, and what is served goes on.
    @Test(.tags(.sec23)) func aSecretThatCannotBeUsedLeavesTheOneOfBefore() throws {
        var builder = SnapshotBuilder(secretFault: { secret in
            if case .certificate(let pair) = secret, pair.privateKey == Array("K".utf8) { nil } else { "is no good" }
        })
        func apply(_ key: String) throws -> [Rejection] {
            var secret = Envoy_Extensions_TransportSockets_Tls_V3_Secret()
            secret.name = "edge"
            secret.tlsCertificate.certificateChain.inlineString = "C"
            secret.tlsCertificate.privateKey.inlineString = key
            return builder.apply(.secret, upserts: [try Resource.update("edge", secret)])
        }
        #expect(try apply("words").map(\.name) == ["edge"])
        #expect(builder.snapshot()?.secrets.isEmpty ?? true)
        #expect(try apply("K").isEmpty)
        let good = CertificateSecret(chain: Array("C".utf8), privateKey: Array("K".utf8))
        #expect(builder.snapshot()?.secrets == ["edge": .certificate(good)])
        let refused = try apply("words")
        #expect(refused.count == 1 && refused.first?.reason.hasSuffix("is no good") == true)
        #expect(builder.snapshot() == nil)
    }

    @Test func aProxyThatIsToKnowItsLikeWaitsForThem() throws {
        let place = Locality(region: "r", zone: "z")
        var builder = SnapshotBuilder(localLocality: place)
        #expect(builder.wantedEndpoints == ["local_cluster"])
        #expect(builder.warming == [.cluster: ["local_cluster"]])
        for address in ["10.0.0.1", "10.0.0.2"] {
            let update = try Resource.update("local_cluster", Resource.endpoints("local_cluster", [address]))
            #expect(builder.apply(.loadAssignment, upserts: [update]).isEmpty)
            #expect(builder.warming.isEmpty)
            let local = try #require(builder.snapshot()?.localCluster)
            #expect(local.locality == place)
            #expect(local.endpoints.endpoints.map { "\($0.address)".contains(address) } == [true])
        }
        #expect(builder.apply(.loadAssignment, upserts: [], removed: ["local_cluster"]).isEmpty)
        #expect(builder.warming.isEmpty)
    }

    @Test func otherProxiesDoNotAskForTheirLike() throws {
        var builder = SnapshotBuilder()
        #expect(builder.wantedEndpoints.isEmpty)
        let update = try Resource.update("local_cluster", Resource.endpoints("local_cluster", ["10.0.0.1"]))
        #expect(builder.apply(.loadAssignment, upserts: [update]).isEmpty)
        #expect(builder.snapshot() == nil)
    }

    private func next(_ builder: inout SnapshotBuilder) throws -> ProxySnapshot {
        let snapshot = builder.snapshot()
        return try #require(snapshot)
    }

    private func isUnchanged(_ builder: inout SnapshotBuilder) -> Bool { builder.snapshot() == nil }

    @Test func clustersWarmWithTheirEndpoints() throws {
        var builder = SnapshotBuilder()
        #expect(isUnchanged(&builder))
        let refused = builder.apply(.cluster, upserts: [try Resource.update("c", Resource.cluster("c"))])
        #expect(refused.isEmpty)
        #expect(builder.wantedEndpoints == ["c"])
        #expect(builder.warming == [.cluster: ["c"]])
        #expect(isUnchanged(&builder))
        _ = builder.apply(.loadAssignment, upserts: [try Resource.update("c", Resource.endpoints("c", ["10.0.0.1"]))])
        let first = try next(&builder)
        #expect(first.cluster(named: "c")?.endpoints.endpoints.count == 1)
        #expect(isUnchanged(&builder))
        let more = Resource.endpoints("c", ["10.0.0.1", "10.0.0.2"])
        _ = builder.apply(.loadAssignment, upserts: [try Resource.update("c", more, version: "2")])
        let second = try next(&builder)
        #expect(second.generation == 2)
        #expect(second.cluster(named: "c")?.endpoints.endpoints.count == 2)
        #expect(second.cluster(named: "c")?.settingsRevision == first.cluster(named: "c")?.settingsRevision)
        #expect(second.versions[.loadAssignment] == ["c": "2"])
    }

    @Test func listenersWarmWithTheirRoutesAndKeepTheOldVersionMeanwhile() throws {
        var builder = SnapshotBuilder()
        _ = builder.apply(.listener, upserts: [try Resource.update("l", Resource.listener("l", rds: "a"))])
        #expect(builder.wantedRoutes == ["a"])
        _ = builder.apply(.routeConfiguration, upserts: [try Resource.update("a", Resource.routes("a", cluster: "c"))])
        let first = try next(&builder)
        #expect(first.listeners.map(\.name) == ["l"])
        let other = try Resource.update("l", Resource.listener("l", rds: "b"), version: "2")
        _ = builder.apply(.listener, upserts: [other])
        #expect(builder.wantedRoutes == ["a", "b"])
        #expect(isUnchanged(&builder))
        _ = builder.apply(.routeConfiguration, upserts: [try Resource.update("b", Resource.routes("b", cluster: "c"))])
        let second = try next(&builder)
        #expect(second.versions[.listener] == ["l": "2"])
        #expect(second.routeConfigurations.map(\.name) == ["b"])
        #expect(builder.wantedRoutes == ["b"])
    }

    @Test func slotsStayAndMissingClustersAreEmpty() throws {
        var builder = SnapshotBuilder()
        _ = builder.apply(.listener, upserts: [try Resource.update("l", Resource.listener("l", rds: "a"))])
        _ = builder.apply(.routeConfiguration, upserts: [try Resource.update("a", Resource.routes("a", cluster: "c"))])
        let before = try next(&builder)
        let table = try #require(before.routeConfiguration(named: "a"))
        let index = try #require(table.referencedClusters.first)
        #expect(before.cluster(at: index) == nil)
        #expect(before.clusterName(at: index) == "c")
        _ = builder.apply(.cluster, upserts: [try Resource.update("c", Resource.cluster("c", eds: false))])
        let after = try next(&builder)
        #expect(after.cluster(at: index)?.name == "c")
        _ = builder.apply(.cluster, upserts: [], removed: ["c"])
        let last = try next(&builder)
        #expect(last.cluster(at: index) == nil)
    }

    @Test func refusedResourcesKeepTheirLastGoodVersion() throws {
        var builder = SnapshotBuilder()
        _ = builder.apply(.listener, upserts: [try Resource.update("l", Resource.listener("l", rds: "a"))])
        _ = builder.apply(.routeConfiguration, upserts: [try Resource.update("a", Resource.routes("a", cluster: "c"))])
        _ = builder.snapshot()
        let broken = try Resource.listener("l", rds: "a", filters: ["mandatory"])
        let rejections = builder.apply(.listener, upserts: [try Resource.update("l", broken, version: "2")])
        #expect(rejections == builder.rejections)
        #expect(rejections.map(\.name) == ["l"])
        #expect(
            rejections.first?.reason
                == "filter_chains[0].filters[0].http_filters[0]: the required HTTP filter \"mandatory\" "
                + "(type.googleapis.com/unknown.mandatory) is not supported"
        )
        #expect(isUnchanged(&builder))
        let good = try Resource.listener("l", rds: "a", filters: ["optional"])
        let refused = builder.apply(.listener, upserts: [try Resource.update("l", good, version: "3")])
        #expect(refused.isEmpty)
        #expect(builder.rejections.isEmpty)
        #expect(builder.warnings.count == 1)
        let last = try next(&builder)
        #expect(last.versions[.listener] == ["l": "3"])
    }

    @Test func routesAndEndpointsStayWhileWanted() throws {
        var builder = SnapshotBuilder()
        _ = builder.apply(.listener, upserts: [try Resource.update("l", Resource.listener("l", rds: "a"))])
        _ = builder.apply(.routeConfiguration, upserts: [try Resource.update("a", Resource.routes("a", cluster: "c"))])
        _ = builder.snapshot()
        _ = builder.apply(.routeConfiguration, upserts: [], removed: ["a"])
        #expect(isUnchanged(&builder))
        _ = builder.apply(.listener, upserts: [], removed: ["l"])
        let last = try next(&builder)
        #expect(last.routeConfigurations.isEmpty)
    }

    /// What a control plane may send and no proxy should run is a NACK that says which resource and why.
    @Test(
        .tags(.sec18),
        arguments: [
            (String(repeating: "a", count: 1_025), "1025 bytes"),
            ("(a{0,30}){0,30}(b{0,30}){0,30}", "RE2 instructions"),
        ]
    )
    func expensiveExpressionsAreRefused(regex: String, reason: String) throws {
        var builder = SnapshotBuilder()
        var table = Resource.routes("r", cluster: "c")
        table.virtualHosts[0].routes[0].match.safeRegex.regex = regex
        let found = builder.apply(.routeConfiguration, upserts: [try Resource.update("r", table)])
        #expect(found.count == 1)
        let text = found.map { "\($0)" }.joined()
        #expect(text.contains(reason) && text.contains("\"r\""), "\(text)")
    }

    @Test(arguments: ["transport", "tls", "regex", "header", "host", "duration", "weights", "garbage"])
    func wrongResourcesAreRefusedByName(fault: String) throws {
        var builder = SnapshotBuilder()
        var cluster = Resource.cluster("c")
        var table = Resource.routes("r", cluster: "c")
        switch fault {
        case "transport", "tls": cluster.transportSocket.name = "envoy.transport_sockets.tls"
        case "duration": cluster.connectTimeout.seconds = -1
        case "garbage": cluster.name = ""
        case "regex": table.virtualHosts[0].routes[0].match.safeRegex.regex = "("
        case "weights":
            var entry = Envoy_Config_Route_V3_WeightedCluster.ClusterWeight()
            entry.name = "c"
            table.virtualHosts[0].routes[0].route.weightedClusters.clusters = [entry]
        default:
            var option = Envoy_Config_Core_V3_HeaderValueOption()
            option.header.key = fault == "host" ? "Host" : "x"
            option.header.value = fault == "host" ? "x" : "%NO_SUCH_THING%"
            table.requestHeadersToAdd = [option]
        }
        let first = builder.apply(.cluster, upserts: [try Resource.update("c", cluster)])
        let second = builder.apply(.routeConfiguration, upserts: [try Resource.update("r", table)])
        #expect((first + second).count == 1)
    }
}
