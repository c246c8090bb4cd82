import EnvoyAPI
import MeshConfig
import MeshModel
import SwiftProtobuf
import Testing

@testable import XDSGeneration

/// Policies of DestinationRules and the mesh's own, as clusters carry them.
@Suite struct TrafficPolicyTests {
    private static let host = "reviews.default.svc.cluster.local"

    private func cluster(
        _ policy: String,
        mesh: MeshConfiguration = MeshConfiguration(),
        name: String = "outbound|80||\(host)"
    ) throws -> XDS.Cluster {
        let rule = policy.isEmpty ? "" : MeshFixture.destinationRule("reviews", policy)
        return try MeshFixture(MeshFixture.service("reviews"), rule, mesh: mesh).cluster(name)
    }

    private func options(_ cluster: XDS.Cluster) throws -> XDS.HTTPProtocolOptions {
        let any = try #require(cluster.typedExtensionProtocolOptions[ExtensionName.upstreamHTTPProtocolOptions])
        return try XDS.HTTPProtocolOptions(serializedBytes: any.value)
    }

    private func settings(_ yaml: String) throws -> MeshConfiguration {
        let found = MeshConfiguration.decode(MeshConfigurationSource(text: yaml, file: "mesh"))
        return try #require(found.configuration, "\(found.diagnostics)")
    }

    @Test func keepaliveOfTheRuleReplacesTheMeshesValueByValue() throws {
        let mesh = try settings("tcpKeepalive: {probes: 3, time: 60s}")
        let own = try cluster(
            "trafficPolicy: {connectionPool: {tcp: {tcpKeepalive: {time: 10s, interval: 5s}}}}",
            mesh: mesh
        )
        let keepalive = own.upstreamConnectionOptions.tcpKeepalive
        #expect(keepalive.keepaliveProbes.value == 3 && keepalive.keepaliveTime.value == 10)
        #expect(keepalive.keepaliveInterval.value == 5)
        #expect(try cluster("", mesh: mesh).upstreamConnectionOptions.tcpKeepalive.keepaliveTime.value == 60)
    }

    @Test func retryBudgetHasItsInterval() throws {
        let cluster = try cluster("trafficPolicy: {retryBudget: {percent: 12.5, budgetInterval: 2s}}")
        let budget = try #require(cluster.circuitBreakers.thresholds.first?.retryBudget)
        #expect(budget.budgetPercent.value == 12.5 && budget.budgetInterval.seconds == 2)
        #expect(budget.minRetryConcurrency.value == 3)
    }

    @Test func statusesCountedAsFailuresAreOneOrAChoice() throws {
        func matcher(_ codes: String) throws -> XDS.MatchPredicate {
            let policy = "trafficPolicy: {outlierDetection: {outlierDetectionHttpErrorCodes: [\(codes)]}}"
            return try options(cluster(policy)).outlierDetection.errorMatcher
        }
        func status(_ predicate: XDS.MatchPredicate?) -> String? {
            predicate?.httpResponseHeadersMatch.headers.first.map { "\($0.name) \($0.stringMatch.exact)" }
        }
        #expect(status(try matcher("429")) == ":status 429")
        #expect(try matcher("429, 404, 429").orMatch.rules.map { status($0) } == [":status 429", ":status 404"])
        let none = try cluster("trafficPolicy: {outlierDetection: {interval: 1s}}")
        #expect(none.hasOutlierDetection && none.typedExtensionProtocolOptions.isEmpty)
    }

    @Test func loadReportsWeighEndpointsWithoutLocalities() throws {
        let cluster = try cluster(
            """
            trafficPolicy:
              outlierDetection: {interval: 1s}
              loadBalancer:
                localityLbSetting: {failover: [{from: a, to: b}]}
                backendUtilization:
                  metricNamesForComputingUtilization: [named_metrics.queue]
                  errorUtilizationPenaltyPercent: 150
                  weightStabilizationPeriod: 20s
                  weightExpirationPeriod: 2m
                  weightUpdatePeriod: 1s
            """
        )
        #expect(cluster.lbPolicy == .roundRobin && cluster.commonLbConfig.localityConfigSpecifier == nil)
        let policy = try #require(cluster.loadBalancingPolicy.policies.first?.typedExtensionConfig)
        #expect(policy.name == "envoy.load_balancing_policies.client_side_weighted_round_robin")
        let config = try XDS.ClientSideWeightedRoundRobin(serializedBytes: policy.typedConfig.value)
        #expect(config.metricNamesForComputingUtilization == ["named_metrics.queue"])
        #expect(config.errorUtilizationPenalty.value == 1.5 && config.blackoutPeriod.seconds == 20)
        #expect(config.weightExpirationPeriod.seconds == 120 && config.weightUpdatePeriod.seconds == 1)
    }

    @Test(arguments: [(0.5, 0.5), (2, 2)])
    func aggressionOfAWarmupIsTakenAsWritten(written: Double, expected: Double) throws {
        let policy = "trafficPolicy: {loadBalancer: {warmup: {duration: 30s, aggression: \(written)}}}"
        let start = try cluster(policy).leastRequestLbConfig.slowStartConfig
        #expect(start.aggression.defaultValue == expected && start.minWeightPercent.value == 10)
    }

    @Test func meshWideLimitsHoldWhereNoRuleSpeaks() throws {
        let mesh = try settings(
            """
            defaultTrafficPolicy:
              connectionPool: {tcp: {maxConnections: 7}, http: {maxRequestsPerConnection: 3}}
              outlierDetection: {consecutive5xxErrors: 9}
            """
        )
        let plain = try cluster("", mesh: mesh)
        #expect(plain.circuitBreakers.thresholds.first?.maxConnections.value == 7)
        #expect(plain.outlierDetection.consecutive5Xx.value == 9)
        #expect(try options(plain).commonHTTPProtocolOptions.maxRequestsPerConnection.value == 3)
        let ruled = try cluster("trafficPolicy: {connectionPool: {tcp: {connectTimeout: 1s}}}", mesh: mesh)
        #expect(ruled.circuitBreakers.thresholds.first?.maxConnections.value == .max)
        #expect(ruled.outlierDetection.consecutive5Xx.value == 9)
        let passthrough = try cluster("", mesh: mesh, name: "PassthroughCluster")
        #expect(passthrough.circuitBreakers.thresholds.first?.maxConnections.value == 7)
        #expect(!passthrough.hasOutlierDetection)
        #expect(try options(passthrough).commonHTTPProtocolOptions.idleTimeout.seconds == 300)
    }

    @Test func serversTakeTheLimitsOfRulesForAllTheirCallers() throws {
        let selective = """
            apiVersion: networking.istio.io/v1
            kind: DestinationRule
            metadata: {name: some, namespace: default}
            spec:
              host: client
              workloadSelector: {matchLabels: {app: client}}
              trafficPolicy: {connectionPool: {http: {maxRequestsPerConnection: 1}}}
            """
        let policy = """
            trafficPolicy:
              connectionPool: {http: {maxRequestsPerConnection: 2}}
              outlierDetection: {interval: 1s}
            """
        let mesh = try MeshFixture(
            MeshFixture.service("client"),
            MeshFixture.pod("client", ip: "10.1.0.9"),
            MeshFixture.destinationRule("client", policy),
            selective
        )
        let inbound = try mesh.cluster("inbound|8080||")
        #expect(try options(inbound).commonHTTPProtocolOptions.maxRequestsPerConnection.value == 2)
        #expect(!inbound.hasOutlierDetection)
        let outbound = try mesh.cluster("outbound|80||client.default.svc.cluster.local")
        #expect(try options(outbound).commonHTTPProtocolOptions.maxRequestsPerConnection.value == 1)
    }

    @Test func statisticsFollowThePatternsOfTheMesh() throws {
        let mesh = try settings(
            """
            outboundClusterStatName: '%SERVICE%_%SERVICE_NAME%_%SUBSET_NAME%_%SERVICE_PORT%_%SERVICE_PORT_NAME%_100%'
            inboundClusterStatName: 'in.%SERVICE_FQDN%:%TARGET_PORT%'
            """
        )
        let fixture = try MeshFixture(
            MeshFixture.service("client"),
            MeshFixture.pod("client", ip: "10.1.0.9"),
            MeshFixture.destinationRule("client", MeshFixture.versions),
            mesh: mesh
        )
        let outbound = try fixture.cluster("outbound|80|v1|client.default.svc.cluster.local")
        #expect(outbound.altStatName == "client.default_client_v1_80_http_100%;")
        #expect(try fixture.cluster("inbound|8080||").altStatName == "in.client.default.svc.cluster.local:8080;")
        #expect(try fixture.cluster("PassthroughCluster").altStatName == "PassthroughCluster;")
    }

    @Test func settingsOfAPortAreHashedByWithoutNamingThePort() throws {
        let mesh = try MeshFixture(
            MeshFixture.service("reviews"),
            MeshFixture.destinationRule(
                "reviews",
                """
                trafficPolicy:
                  portLevelSettings:
                  - {port: {number: 80}, loadBalancer: {consistentHash: {httpHeaderName: x-user}}}
                """
            ),
            MeshFixture.virtualService("reviews", "http: [{route: [{destination: {host: reviews}}]}]")
        )
        let route = try #require(try mesh.virtualHost("\(Self.host):80").routes.first).route
        #expect(route.hashPolicy.map(\.header.headerName) == ["x-user"])
        #expect(route.retryPolicy.retryHostPredicate.isEmpty)
        #expect(try mesh.cluster("outbound|80||\(Self.host)").lbPolicy == .ringHash)
    }
}
