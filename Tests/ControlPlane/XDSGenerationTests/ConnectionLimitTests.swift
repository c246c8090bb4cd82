import EnvoyAPI
import MeshConfig
import MeshModel
import SwiftProtobuf
import Testing

@testable import XDSGeneration

/// Limits of connections that TCP keeps in the listener, and what is tried again towards the workload itself.
@Suite struct ConnectionLimitTests {
    private static let ports = ["{name: raw, port: 7000}", "{name: tcp, port: 7001, targetPort: 8001}"]

    private func proxy(_ chain: XDS.FilterChain?) throws -> XDS.TCPProxy {
        let filter = try #require(chain?.filters.last { $0.name == ExtensionName.tcpProxy })
        return try XDS.TCPProxy(serializedBytes: filter.typedConfig.value)
    }

    @Test func tcpFollowsTheSettingsOfItsPortAndSubset() throws {
        let rule = MeshFixture.destinationRule(
            "db",
            """
            trafficPolicy:
              connectionPool: {tcp: {idleTimeout: 1s}}
              portLevelSettings:
              - {port: {number: 7001}, connectionPool: {tcp: {maxConnectionDuration: 2s}}}
            subsets:
            - name: v1
              labels: {version: v1}
              trafficPolicy:
                connectionPool: {tcp: {idleTimeout: 3s}}
                loadBalancer: {consistentHash: {useSourceIp: true}}
            """
        )
        let service = MeshFixture.service("db", ports: ["{name: tcp, port: 7001}", "{name: tcp-b, port: 7002}"])
        let mesh = try MeshFixture(service, rule)
        let first = try proxy(mesh.listener("10.96.0.1_7001").filterChains.first)
        #expect(!first.hasIdleTimeout && first.maxDownstreamConnectionDuration.seconds == 2)
        let second = try proxy(mesh.listener("10.96.0.1_7002").filterChains.first)
        #expect(second.idleTimeout.seconds == 1 && !second.hasMaxDownstreamConnectionDuration)
        let routed = try MeshFixture(
            service,
            rule,
            MeshFixture.virtualService(
                "db",
                "tcp: [{match: [{port: 7002}], route: [{destination: {host: db, subset: v1, port: {number: 7002}}}]}]"
            )
        )
        let subset = try proxy(routed.listener("10.96.0.1_7002").filterChains.first)
        #expect(subset.cluster.contains("|v1|") && subset.idleTimeout.seconds == 3 && subset.hashPolicy.count == 1)
    }

    @Test func tcpTowardsTheWorkloadHasTheLimitsOfItsPool() throws {
        var mesh = MeshConfiguration()
        mesh.defaultTrafficPolicy.connectionPool = ConnectionPoolSettings()
        mesh.defaultTrafficPolicy.connectionPool?.tcp = TCPSettings()
        mesh.defaultTrafficPolicy.connectionPool?.tcp?.idleTimeout = .seconds(9)
        let fixture = try MeshFixture(
            MeshFixture.service("client", ports: ["{name: tcp, port: 7001, targetPort: 8001}"]),
            MeshFixture.pod("client", ip: "10.1.0.9"),
            MeshFixture.destinationRule("client", "trafficPolicy: {connectionPool: {tcp: {idleTimeout: 4s}}}"),
            mesh: mesh
        )
        let chains = try fixture.listener("virtualInbound").filterChains
        let own = try proxy(chains.first { $0.filterChainMatch.destinationPort.value == 8001 })
        #expect(own.idleTimeout.seconds == 4)
        let rest = try proxy(chains.last { $0.name == "virtualInbound" })
        #expect(rest.cluster == "InboundPassthroughCluster" && rest.idleTimeout.seconds == 9)
    }

    private func inboundRetries(_ mesh: String, port: String) throws -> XDS.RetryPolicy? {
        let settings = MeshConfiguration.decode(MeshConfigurationSource(text: mesh, file: "mesh"))
        let fixture = try MeshFixture(
            MeshFixture.service("client", ports: ["{name: \(port), port: 80, targetPort: 8080}"]),
            MeshFixture.pod("client", ip: "10.1.0.9"),
            mesh: try #require(settings.configuration, "\(settings.diagnostics)")
        )
        let chain = try fixture.listener("virtualInbound").filterChains.first {
            $0.filterChainMatch.destinationPort.value == 8080
        }
        let filter = try #require(chain?.filters.last)
        let manager = try XDS.HTTPConnectionManager(serializedBytes: filter.typedConfig.value)
        let action = try #require(manager.routeConfig.virtualHosts.first?.routes.first).route
        return action.hasRetryPolicy ? action.retryPolicy : nil
    }

    @Test func whatNeverReachedTheWorkloadIsTriedAgainUnlessTheMeshSaysOtherwise() throws {
        let normal = try #require(try inboundRetries("{}", port: "http"))
        #expect(normal.numRetries.value == 2 && normal.retryOn == "reset-before-request")
        let written = try #require(
            try inboundRetries(
                "defaultInboundHttpRetryPolicy: {attempts: 4, retryOn: 'connect-failure,503', backoff: 1s, perTryTimeout: 1s}",
                port: "http"
            )
        )
        #expect(written.numRetries.value == 4 && written.retryOn == "connect-failure,retriable-status-codes")
        #expect(written.retriableStatusCodes == [503] && written.retryBackOff.baseInterval.seconds == 1)
        #expect(!written.hasPerTryTimeout && written.retryHostPredicate.isEmpty)
        #expect(try inboundRetries("defaultInboundHttpRetryPolicy: {attempts: 0}", port: "http") == nil)
        #expect(try inboundRetries("{}", port: "grpc") == nil)
    }
}
