import EnvoyAPI
import MeshConfig
import MeshModel
import SwiftProtobuf
import Testing

@testable import XDSGeneration

@Suite struct ClusterTests {
    private static func options(_ cluster: XDS.Cluster) throws -> XDS.HTTPProtocolOptions {
        let any = try #require(
            cluster.typedExtensionProtocolOptions["envoy.extensions.upstreams.http.v3.HttpProtocolOptions"]
        )
        return try XDS.HTTPProtocolOptions(serializedBytes: any.value)
    }

    @Test func everyPortAndSubsetHasACluster() throws {
        let mesh = try MeshFixture(
            MeshFixture.service("reviews"),
            MeshFixture.destinationRule("reviews", MeshFixture.versions)
        )
        let names = ResourceGenerator().clusters(for: mesh.view).map(\.name)
        #expect(
            names == [
                "outbound|80||reviews.default.svc.cluster.local", "outbound|80|v1|reviews.default.svc.cluster.local",
                "outbound|80|v2|reviews.default.svc.cluster.local", "BlackHoleCluster", "PassthroughCluster",
                "InboundPassthroughCluster",
            ]
        )
        let cluster = try mesh.cluster("outbound|80|v1|reviews.default.svc.cluster.local")
        #expect(cluster.type == .eds && cluster.lbPolicy == .leastRequest && cluster.connectTimeout.seconds == 10)
        #expect(cluster.edsClusterConfig.serviceName == cluster.name)
        let threshold = try #require(cluster.circuitBreakers.thresholds.first)
        #expect(threshold.maxConnections.value == .max && threshold.maxRetries.value == .max)
        let istio = try #require(cluster.metadata.filterMetadata["istio"]?.fields)
        #expect(istio["subset"]?.stringValue == "v1")
        #expect(
            istio["config"]?.stringValue == "/apis/networking.istio.io/v1/namespaces/default/destination-rule/reviews"
        )
        #expect(istio["services"]?.listValue.values.first?.structValue.fields["name"]?.stringValue == "reviews")
    }

    @Test func policiesOfRuleAndSubset() throws {
        let mesh = try MeshFixture(
            MeshFixture.service("reviews"),
            MeshFixture.destinationRule(
                "reviews",
                """
                trafficPolicy:
                  connectionPool:
                    tcp: {maxConnections: 100, connectTimeout: 3s, tcpKeepalive: {probes: 3, time: 60s}}
                    http:
                      http1MaxPendingRequests: 50
                      http2MaxRequests: 200
                      maxRequestsPerConnection: 2
                      h2UpgradePolicy: UPGRADE
                      maxConcurrentStreams: 10
                  outlierDetection:
                    consecutiveGatewayErrors: 5
                    interval: 30s
                    baseEjectionTime: 1m
                    maxEjectionPercent: 50
                    minHealthPercent: 40
                subsets:
                - name: v1
                  labels: {version: v1}
                  trafficPolicy: {connectionPool: {tcp: {maxConnections: 50}}}
                - name: v2
                  labels: {version: v2}
                  trafficPolicy: {loadBalancer: {simple: ROUND_ROBIN, warmup: {duration: 30s}}}
                """
            )
        )
        let host = "reviews.default.svc.cluster.local"
        let whole = try mesh.cluster("outbound|80||\(host)")
        let threshold = try #require(whole.circuitBreakers.thresholds.first)
        #expect(threshold.maxConnections.value == 100 && threshold.maxPendingRequests.value == 50)
        #expect(threshold.maxRequests.value == 200 && whole.connectTimeout.seconds == 3)
        #expect(whole.upstreamConnectionOptions.tcpKeepalive.keepaliveTime.value == 60)
        let outlier = whole.outlierDetection
        #expect(outlier.consecutiveGatewayFailure.value == 5 && !outlier.hasConsecutive5Xx)
        #expect(outlier.enforcingSuccessRate.value == 0 && outlier.interval.seconds == 30)
        #expect(whole.commonLbConfig.healthyPanicThreshold.value == 40)
        let options = try Self.options(whole)
        #expect(options.explicitHTTPConfig.http2ProtocolOptions.maxConcurrentStreams.value == 10)
        #expect(options.commonHTTPProtocolOptions.maxRequestsPerConnection.value == 2)

        let v1 = try mesh.cluster("outbound|80|v1|\(host)")
        #expect(v1.circuitBreakers.thresholds.first?.maxConnections.value == 50)
        #expect(v1.circuitBreakers.thresholds.first?.maxPendingRequests.value == .max)
        #expect(v1.hasOutlierDetection)
        let v2 = try mesh.cluster("outbound|80|v2|\(host)")
        #expect(v2.lbPolicy == .roundRobin && v2.roundRobinLbConfig.slowStartConfig.slowStartWindow.seconds == 30)
    }

    @Test func consistentHashChoosesRingOrTableAndTheRouteHashes() throws {
        let mesh = try MeshFixture(
            MeshFixture.service("reviews"),
            MeshFixture.destinationRule(
                "reviews",
                """
                trafficPolicy:
                  loadBalancer: {consistentHash: {httpCookie: {name: user, ttl: 0s}, maglev: {tableSize: 1009}}}
                """
            )
        )
        let cluster = try mesh.cluster("outbound|80||reviews.default.svc.cluster.local")
        #expect(cluster.lbPolicy == .maglev && cluster.maglevLbConfig.tableSize.value == 1009)
        let route = try mesh.virtualHost("reviews.default.svc.cluster.local:80").routes.first
        #expect(route?.route.hashPolicy.first?.cookie.name == "user")
        #expect(route?.route.hashPolicy.first?.cookie.hasTtl == true)
    }

    @Test func discoveryFollowsTheResolution() throws {
        func entry(_ name: String, _ resolution: String, _ rest: String = "") -> String {
            """
            apiVersion: networking.istio.io/v1
            kind: ServiceEntry
            metadata: {name: \(name), namespace: default}
            spec:
              hosts: [\(name).example]
              ports: [{number: 80, name: http, protocol: HTTP}]
              resolution: \(resolution)
              \(rest)
            """
        }
        let mesh = try MeshFixture(
            entry("dns", "DNS"),
            entry("round", "DNS_ROUND_ROBIN", "endpoints: [{address: a.example}]"),
            entry("static", "STATIC", "endpoints: [{address: 10.9.0.1}]"),
            entry("none", "NONE"),
            MeshFixture.service("headless", ip: "None"),
            MeshFixture.service("rpc", ip: "10.96.0.7", ports: ["{name: grpc, port: 90}", "{name: raw, port: 91}"])
        )
        let dns = try mesh.cluster("outbound|80||dns.example")
        #expect(dns.type == .strictDns && dns.respectDnsTtl && dns.dnsLookupFamily == .v4Only)
        #expect(
            dns.loadAssignment.endpoints.flatMap(\.lbEndpoints).map(\.endpoint.address.socketAddress.address) == [
                "dns.example"
            ]
        )
        let round = try mesh.cluster("outbound|80||round.example")
        #expect(round.type == .logicalDns && round.loadAssignment.endpoints.flatMap(\.lbEndpoints).count == 1)
        #expect(try mesh.cluster("outbound|80||static.example").type == .eds)
        #expect(try mesh.cluster("outbound|80||none.example").type == .originalDst)
        let headless = try mesh.cluster("outbound|80||headless.default.svc.cluster.local")
        #expect(headless.type == .originalDst && headless.lbPolicy == .clusterProvided)
        let rpc = try Self.options(mesh.cluster("outbound|90||rpc.default.svc.cluster.local"))
        #expect(rpc.explicitHTTPConfig.protocolConfig == .http2ProtocolOptions(.init()))
        let sniffed = try Self.options(mesh.cluster("outbound|91||rpc.default.svc.cluster.local"))
        #expect(sniffed.useDownstreamProtocolConfig.hasHTTP2ProtocolOptions)
    }

    @Test func inboundClustersMarkTheirSource() throws {
        let mesh = try MeshFixture(
            MeshFixture.service("client"),
            MeshFixture.pod("client", ip: "10.1.0.9"),
            MeshFixture.destinationRule(
                "client",
                "trafficPolicy: {connectionPool: {tcp: {maxConnections: 7}}}"
            )
        )
        let cluster = try mesh.cluster("inbound|8080||")
        #expect(cluster.type == .originalDst && cluster.upstreamBindConfig.sourceAddress.address == "127.0.0.6")
        #expect(cluster.circuitBreakers.thresholds.first?.maxConnections.value == 7)
        let passthrough = try mesh.cluster("InboundPassthroughCluster")
        #expect(passthrough.upstreamBindConfig.sourceAddress.address == "127.0.0.6")
    }

    @Test func endpointsFollowTheSubsetAndTheLocality() throws {
        let mesh = try MeshFixture(
            MeshFixture.service("reviews"),
            MeshFixture.pod("reviews", version: "v1", ip: "10.1.0.1"),
            MeshFixture.pod("reviews", version: "v2", ip: "10.1.0.2"),
            MeshFixture.destinationRule("reviews", MeshFixture.versions)
        )
        #expect(mesh.endpoints("outbound|80||reviews.default.svc.cluster.local") == ["10.1.0.1:8080", "10.1.0.2:8080"])
        #expect(mesh.endpoints("outbound|80|v2|reviews.default.svc.cluster.local") == ["10.1.0.2:8080"])
        #expect(mesh.endpoints("outbound|80|v9|reviews.default.svc.cluster.local").isEmpty)
        let assignment = ResourceGenerator().endpoints(
            ofCluster: "outbound|80|v2|reviews.default.svc.cluster.local",
            for: mesh.view
        )
        let workload = assignment.endpoints.first?.lbEndpoints.first?.metadata.filterMetadata["istio"]?
            .fields["workload"]?.stringValue
        #expect(workload?.hasSuffix(";default;reviews;v2;Kubernetes") == true)
    }
}
