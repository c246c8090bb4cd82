import EnvoyAPI
import MeshConfig
import MeshModel
import SwiftProtobuf
import Testing

@testable import XDSGeneration

@Suite struct LocalityTests {
    private static let cluster = "outbound|80||far.example"

    private static func entry() -> String {
        """
        apiVersion: networking.istio.io/v1
        kind: ServiceEntry
        metadata: {name: far, namespace: default}
        spec:
          hosts: [far.example]
          ports: [{number: 80, name: http, protocol: HTTP}]
          resolution: STATIC
          endpoints:
          - {address: 10.9.0.1, locality: eu/a/1, weight: 3, labels: {tier: gold}}
          - {address: 10.9.0.2, locality: eu/a/2}
          - {address: 10.9.0.3, locality: eu/b/1}
          - {address: 10.9.0.4, locality: us/a/1}
          - {address: 10.9.0.5, locality: ap/a/1}
        """
    }

    /// `priority weight addresses` of each group, from a proxy in eu/a/1.
    private func groups(_ policy: String, labels: [String: String] = [:]) throws -> [String] {
        var node = ProxyNode.client
        node.locality = Locality("eu/a/1")
        node.labels.merge(labels) { _, new in new }
        let rule = """
            apiVersion: networking.istio.io/v1
            kind: DestinationRule
            metadata: {name: far, namespace: default}
            spec:
              host: far.example
              trafficPolicy: {\(policy)}
            """
        let mesh = try MeshFixture(Self.entry(), rule, node: node)
        return ResourceGenerator().endpoints(ofCluster: Self.cluster, for: mesh.view).endpoints.map { group in
            let addresses = group.lbEndpoints.map(\.endpoint.address.socketAddress.address)
            return "\(group.priority) \(group.loadBalancingWeight.value) \(addresses.joined(separator: " "))"
        }
    }

    @Test func withoutOutlierDetectionAllAreEqual() throws {
        let groups = try groups("loadBalancer: {simple: ROUND_ROBIN}")
        #expect(groups.allSatisfy { $0.hasPrefix("0 ") } && groups.count == 5)
    }

    @Test func withOutlierDetectionTheNearestComeFirst() throws {
        let groups = try groups("outlierDetection: {interval: 1s}")
        #expect(groups.sorted() == ["0 3 10.9.0.1", "1 1 10.9.0.2", "2 1 10.9.0.3", "3 1 10.9.0.4", "3 1 10.9.0.5"])
    }

    @Test func failoverNamesTheRegionThatTakesOver() throws {
        let groups = try groups(
            "outlierDetection: {interval: 1s}, loadBalancer: {localityLbSetting: {failover: [{from: eu, to: ap}]}}"
        )
        #expect(groups.contains("3 1 10.9.0.5") && groups.contains("4 1 10.9.0.4"))
    }

    @Test func failoverPriorityGoesByLabels() throws {
        let policy = """
            outlierDetection: {interval: 1s},
            loadBalancer: {localityLbSetting: {failoverPriority: ["topology.kubernetes.io/region", "tier=gold"]}}
            """
        let groups = try groups(policy.split(separator: "\n").joined(separator: " "))
        #expect(groups.filter { $0.hasPrefix("0 ") } == ["0 3 10.9.0.1"])
        #expect(groups.filter { $0.hasPrefix("1 ") }.count == 2 && groups.filter { $0.hasPrefix("2 ") }.count == 2)
    }

    @Test func distributeGivesExplicitShares() throws {
        let groups = try groups(
            "loadBalancer: {localityLbSetting: {distribute: [{from: eu/a/*, to: {eu/a/*: 80, us/*: 20}}]}}"
        )
        #expect(groups == ["0 60 10.9.0.1", "0 20 10.9.0.2", "0 20 10.9.0.4"])
    }
}
