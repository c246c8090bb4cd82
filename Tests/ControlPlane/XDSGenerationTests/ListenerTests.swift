import EnvoyAPI
import MeshConfig
import MeshModel
import SwiftProtobuf
import Testing

@testable import XDSGeneration

@Suite struct ListenerTests {
    private static func manager(_ chain: XDS.FilterChain?) throws -> XDS.HTTPConnectionManager {
        let filter = try #require(chain?.filters.last)
        #expect(filter.name == "envoy.filters.network.http_connection_manager")
        return try XDS.HTTPConnectionManager(serializedBytes: filter.typedConfig.value)
    }

    private static func proxy(_ chain: XDS.FilterChain?) throws -> XDS.TCPProxy {
        try XDS.TCPProxy(serializedBytes: #require(chain?.filters.last).typedConfig.value)
    }

    @Test func httpPortsShareOneListenerThatSniffs() throws {
        let mesh = try MeshFixture(MeshFixture.service("a"), MeshFixture.service("b", ip: "10.96.0.2"))
        let listener = try mesh.listener("0.0.0.0_80")
        #expect(listener.hasBindToPort && !listener.bindToPort.value)
        #expect(listener.trafficDirection == .outbound && listener.continueOnListenerFiltersTimeout)
        #expect(listener.listenerFilters.map(\.name) == ["envoy.filters.listener.http_inspector"])
        #expect(listener.filterChains.map(\.filterChainMatch.applicationProtocols) == [["http/1.1", "h2c"]])
        #expect(listener.defaultFilterChain.name == "PassthroughFilterChain")
        let manager = try Self.manager(listener.filterChains.first)
        #expect(manager.rds.routeConfigName == "80" && manager.statPrefix == "outbound_0.0.0.0_80;")
        #expect(manager.serverName.isEmpty && manager.normalizePath.value && !manager.useRemoteAddress.value)
        #expect(manager.upgradeConfigs.map(\.upgradeType) == ["websocket"] && manager.hasStreamIdleTimeout)
        #expect(
            manager.httpFilters.map(\.name) == [
                "envoy.filters.http.fault", "envoy.filters.http.cors", "envoy.filters.http.router",
            ]
        )
    }

    @Test func tcpAndSniffedPortsListenOnTheAddressOfTheService() throws {
        let mesh = try MeshFixture(
            MeshFixture.service("db", ip: "10.96.0.3", ports: ["{name: tcp, port: 5432}", "{name: raw, port: 9000}"])
        )
        let tcp = try mesh.listener("10.96.0.3_5432")
        #expect(tcp.listenerFilters.isEmpty && tcp.filterChains.count == 1 && !tcp.hasDefaultFilterChain)
        #expect(try Self.proxy(tcp.filterChains.first).cluster == "outbound|5432||db.default.svc.cluster.local")
        let sniffed = try mesh.listener("10.96.0.3_9000")
        let manager = try Self.manager(sniffed.filterChains.first)
        #expect(manager.rds.routeConfigName == "db.default.svc.cluster.local:9000")
        #expect(try Self.proxy(sniffed.defaultFilterChain).cluster == "outbound|9000||db.default.svc.cluster.local")
    }

    @Test func httpAndTCPOnOneAddressAreMerged() throws {
        let mesh = try MeshFixture(
            MeshFixture.service("web"),
            """
            apiVersion: networking.istio.io/v1
            kind: ServiceEntry
            metadata: {name: any, namespace: default}
            spec:
              hosts: [any.example]
              ports: [{number: 80, name: tcp, protocol: TCP}]
              resolution: NONE
            """
        )
        let listener = try mesh.listener("0.0.0.0_80")
        #expect(listener.filterChains.count == 1)
        #expect(try Self.proxy(listener.defaultFilterChain).cluster == "outbound|80||any.example")
    }

    @Test func headlessTCPHasAListenerForEachPodButItself() throws {
        let mesh = try MeshFixture(
            MeshFixture.service("db", ip: "None", ports: ["{name: tcp, port: 5432}"]),
            MeshFixture.pod("db", ip: "10.1.0.1"),
            MeshFixture.pod("db", ip: "10.1.0.9")
        )
        let names = ResourceGenerator().listeners(for: mesh.view).map(\.name)
        #expect(names.contains("10.1.0.1_5432") && !names.contains("10.1.0.9_5432"))
    }

    @Test func tlsIsToldApartByServerName() throws {
        let mesh = try MeshFixture(
            """
            apiVersion: networking.istio.io/v1
            kind: ServiceEntry
            metadata: {name: sites, namespace: default}
            spec:
              hosts: [a.example, "*.b.example"]
              ports: [{number: 443, name: tls, protocol: TLS}]
              resolution: NONE
            """
        )
        let listener = try mesh.listener("0.0.0.0_443")
        #expect(listener.filterChains.flatMap(\.filterChainMatch.serverNames).sorted() == ["*.b.example", "a.example"])
        #expect(listener.listenerFilters.map(\.name) == ["envoy.filters.listener.tls_inspector"])
        #expect(listener.defaultFilterChain.name == "PassthroughFilterChain")
    }

    @Test func virtualOutboundBlocksItselfAndLetsTheRestThrough() throws {
        var settings = MeshConfiguration()
        settings.accessLogFile = "/dev/stdout"
        let mesh = try MeshFixture(MeshFixture.service("a"), mesh: settings)
        let listener = try mesh.listener("virtualOutbound")
        #expect(listener.useOriginalDst.value && listener.address.socketAddress.portValue == 15001)
        #expect(listener.filterChains.map(\.name) == ["virtualOutbound-blackhole", "virtualOutbound-catchall-tcp"])
        let proxies = try listener.filterChains.map { try Self.proxy($0) }
        #expect(proxies.map(\.cluster) == ["BlackHoleCluster", "PassthroughCluster"])
        #expect(listener.accessLog.first?.filter.responseFlagFilter.flags == ["NR"])
        #expect(proxies.map(\.accessLog.count) == [0, 1])
    }

    @Test func virtualInboundHasAChainForEachPort() throws {
        // Further chains for mutual TLS: InboundTLSTests.
        var node = ProxyNode.client
        node.metadata["TLS_IDENTITY"] = .string("false")
        let mesh = try MeshFixture(
            MeshFixture.service(
                "client",
                ports: [
                    "{name: http, port: 80, targetPort: 8080}", "{name: tcp, port: 90, targetPort: 9090}",
                    "{name: grpc, port: 70, targetPort: 7070}",
                ]
            ),
            MeshFixture.pod("client", ip: "10.1.0.9"),
            node: node
        )
        let listener = try mesh.listener("virtualInbound")
        #expect(
            listener.filterChains.map(\.name) == [
                "virtualInbound-blackhole", "virtualInbound-catchall-http", "virtualInbound", "0.0.0.0_7070",
                "0.0.0.0_8080", "0.0.0.0_9090",
            ]
        )
        #expect(
            listener.listenerFilters.map(\.name) == [
                "envoy.filters.listener.original_dst", "envoy.filters.listener.http_inspector",
            ]
        )
        let disabled = listener.listenerFilters[1].filterDisabled.orMatch.rules.map(\.destinationPortRange.start)
        #expect(disabled == [7070, 8080, 9090, 15006])
        let manager = try Self.manager(listener.filterChains.first { $0.name == "0.0.0.0_8080" })
        #expect(manager.routeConfig.name == "inbound|8080||")
        #expect(manager.routeConfig.virtualHosts.map(\.name) == ["inbound|http|80"])
        #expect(manager.forwardClientCertDetails == .appendForward && manager.statPrefix == "inbound_0.0.0.0_8080;")
        let route = try #require(manager.routeConfig.virtualHosts.first?.routes.first)
        #expect(route.route.retryPolicy.retryOn == "reset-before-request")
    }

    @Test func withoutCapturePortsAreOpenedOnTheLoopback() throws {
        var node = ProxyNode.client
        node.interceptionMode = .none
        let mesh = try MeshFixture(
            MeshFixture.service("a"),
            """
            apiVersion: networking.istio.io/v1
            kind: Sidecar
            metadata: {name: vm, namespace: default}
            spec:
              ingress:
              - {port: {number: 8000, name: http, protocol: HTTP}, defaultEndpoint: "127.0.0.1:9000"}
              egress:
              - {port: {number: 80, name: http, protocol: HTTP}, bind: 127.0.0.5, hosts: ["*/*"]}
              - {hosts: ["*/*"]}
            """,
            node: node
        )
        let names = ResourceGenerator().listeners(for: mesh.view).map(\.name)
        #expect(names.sorted() == ["10.1.0.9_8000", "127.0.0.1_80", "127.0.0.5_80"])
        #expect(try !mesh.listener("127.0.0.5_80").hasBindToPort)
        let cluster = try mesh.cluster("inbound|8000||")
        let endpoint = cluster.loadAssignment.endpoints.first?.lbEndpoints.first?.endpoint
        #expect(endpoint?.address.socketAddress.portValue == 9000)
        #expect(!cluster.hasUpstreamBindConfig)
    }
}
