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
    private func groups(
        _ policy: String,
        labels: [String: String] = [:],
        mesh settings: MeshConfiguration = MeshConfiguration()
    ) throws -> [String] {
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
        let mesh = try MeshFixture(Self.entry(), policy.isEmpty ? "" : rule, mesh: settings, node: node)
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

    @Test func zonesOrderRegionsOnly() throws {
        let plain = try groups("loadBalancer: {zoneAwareLbSetting: {}}")
        #expect(plain.sorted() == ["0 1 10.9.0.2", "0 1 10.9.0.3", "0 3 10.9.0.1", "1 1 10.9.0.4", "1 1 10.9.0.5"])
        let failover = try groups("loadBalancer: {zoneAwareLbSetting: {failover: [{from: eu, to: ap}]}}")
        #expect(failover.contains("1 1 10.9.0.5") && failover.contains("2 1 10.9.0.4"))
        let labelled = try groups("loadBalancer: {zoneAwareLbSetting: {failoverPriority: ['tier=gold']}}")
        #expect(labelled.filter { $0.hasPrefix("0 ") } == ["0 3 10.9.0.1"])
        #expect(labelled.filter { $0.hasPrefix("1 ") }.count == 2 && labelled.filter { $0.hasPrefix("2 ") }.count == 2)
        let off = try groups("outlierDetection: {interval: 1s}, loadBalancer: {zoneAwareLbSetting: {enabled: false}}")
        #expect(off.allSatisfy { $0.hasPrefix("0 ") })
    }

    @Test func rulesDecideBeforeTheMeshAndZonesBeforeLocalities() throws {
        var mesh = MeshConfiguration()
        mesh.zoneAwareLbSetting = ZoneAwareLbSetting()
        #expect(try groups("", mesh: mesh).filter { $0.hasPrefix("0 ") }.count == 3)
        let own = "outlierDetection: {interval: 1s}, loadBalancer: {localityLbSetting: {enabled: true}}"
        #expect(try groups(own, mesh: mesh).filter { $0.hasPrefix("0 ") }.count == 1)
        let off = "outlierDetection: {interval: 1s}, loadBalancer: {localityLbSetting: {enabled: false}}"
        #expect(try groups(off, mesh: mesh).allSatisfy { $0.hasPrefix("0 ") })
    }

    @Test func ejectionThatTheMeshAsksForMakesLocalitiesFailOver() throws {
        var mesh = MeshConfiguration()
        mesh.defaultTrafficPolicy.outlierDetection = OutlierDetection()
        #expect(try groups("", mesh: mesh).filter { $0.hasPrefix("0 ") } == ["0 3 10.9.0.1"])
    }

    private func cluster(_ policy: String, service: String = "", mesh: MeshConfiguration = MeshConfiguration()) throws
        -> XDS.Cluster
    {
        let fixture = try MeshFixture(
            service.isEmpty ? MeshFixture.service("near") : service,
            policy.isEmpty ? "" : MeshFixture.destinationRule("near", "trafficPolicy: {\(policy)}"),
            mesh: mesh
        )
        return try fixture.cluster("outbound|80||near.default.svc.cluster.local")
    }

    @Test func clustersWeighLocalitiesOnlyWhereARuleOrdersThem() throws {
        let failover = "loadBalancer: {localityLbSetting: {failover: [{from: a, to: b}]}}"
        #expect(try cluster("outlierDetection: {interval: 1s}").commonLbConfig.localityConfigSpecifier == nil)
        #expect(try cluster(failover).commonLbConfig.localityConfigSpecifier == nil)
        let both = try cluster("outlierDetection: {interval: 1s}, \(failover)")
        #expect(both.commonLbConfig.localityConfigSpecifier == .localityWeightedLbConfig(.init()))
        var spread = MeshFixture.service("near")
        spread += "\n  trafficDistribution: PreferClose"
        let close = try cluster("", service: spread)
        #expect(close.commonLbConfig.localityConfigSpecifier == .localityWeightedLbConfig(.init()))
    }

    @Test func clustersLeaveZonesToTheProxyOrSwitchThemOff() throws {
        let on = try cluster("loadBalancer: {zoneAwareLbSetting: {minClusterSize: 4}}").commonLbConfig.zoneAwareLbConfig
        #expect(!on.hasRoutingEnabled && on.minClusterSize.value == 4)
        let off = try cluster("loadBalancer: {zoneAwareLbSetting: {enabled: false}}").commonLbConfig.zoneAwareLbConfig
        #expect(off.hasRoutingEnabled && off.routingEnabled.value == 0)
        var mesh = MeshConfiguration()
        mesh.zoneAwareLbSetting = ZoneAwareLbSetting()
        guard case .zoneAwareLbConfig = try cluster("", mesh: mesh).commonLbConfig.localityConfigSpecifier else {
            Issue.record("the mesh's zones are not programmed")
            return
        }
    }

    @Test func otherNetworksComeLastAndThereTheNearestFirst() throws {
        let entry = """
            apiVersion: networking.istio.io/v1
            kind: ServiceEntry
            metadata: {name: far, namespace: default}
            spec:
              hosts: [far.example]
              ports: [{number: 80, name: http, protocol: HTTP}]
              resolution: STATIC
              endpoints:
              - {address: 10.9.0.1, locality: eu/a/1, network: other}
              - {address: 10.9.0.2, locality: us/a/1, network: other}
              - {address: 10.9.0.3, locality: us/a/1}
              - {address: 10.9.0.4, locality: eu/a/1}
            """
        let rule = MeshFixture.destinationRule(
            "far.example",
            """
            trafficPolicy:
              outlierDetection: {interval: 1s}
              loadBalancer:
                localityLbSetting:
                  failoverPriority: [topology.istio.io/network, topology.kubernetes.io/region]
            """
        )
        var node = ProxyNode.client
        node.locality = Locality("eu/a/1")
        let mesh = try MeshFixture(entry, rule, node: node)
        let groups = ResourceGenerator().endpoints(ofCluster: Self.cluster, for: mesh.view).endpoints
        let order = groups.sorted { $0.priority < $1.priority }.flatMap(\.lbEndpoints)
        #expect(
            order.map(\.endpoint.address.socketAddress.address) == ["10.9.0.4", "10.9.0.3", "10.9.0.1", "10.9.0.2"]
        )
    }

    @Test func proxyKnowsTheWorkloadsThatShareItsLoad() throws {
        func pod(_ name: String, ip: String, labels: String, node: String) -> String {
            """
            apiVersion: v1
            kind: Pod
            metadata: {name: \(name), namespace: default, labels: {app: client, \(labels)}}
            spec: {nodeName: \(node), serviceAccountName: client}
            status: {phase: Running, podIP: \(ip), conditions: [{type: Ready, status: "True"}]}
            """
        }
        func node(_ name: String, _ region: String, _ zone: String) -> String {
            let topology = "topology.kubernetes.io/region: \(region), topology.kubernetes.io/zone: \(zone)"
            return "{apiVersion: v1, kind: Node, metadata: {name: \(name), labels: {\(topology)}}}"
        }
        let mesh = try MeshFixture(
            MeshFixture.service("client"),
            node("n1", "eu", "a"),
            node("n2", "eu", "b"),
            node("n3", "us", "a"),
            pod("client-5d4-a", ip: "10.1.0.9", labels: "pod-template-hash: '5d4'", node: "n1"),
            pod("client-5d4-b", ip: "10.1.0.10", labels: "pod-template-hash: '5d4'", node: "n2"),
            pod("client-5d4-c", ip: "10.1.0.11", labels: "pod-template-hash: '5d4'", node: "n3"),
            pod("client-6e5-a", ip: "10.1.0.12", labels: "pod-template-hash: '6e5'", node: "n1"),
            node: .sidecar("client-5d4-a", ip: "10.1.0.9")
        )
        let groups = ResourceGenerator().endpoints(ofCluster: "local_cluster", for: mesh.view).endpoints
        #expect(groups.map(\.locality.zone) == ["a", "b"] && groups.allSatisfy { $0.priority == 0 })
        #expect(mesh.endpoints("local_cluster") == ["10.1.0.9:8080", "10.1.0.10:8080"])
        let alone = try MeshFixture(MeshFixture.service("other"))
        #expect(alone.endpoints("local_cluster").isEmpty)
    }

    @Test func callersThatPreferNearEndpointsLearnOfThoseThatAreNotReady() throws {
        let pod = MeshFixture.pod("near", ip: "10.1.0.1")
        let unready = pod.replacing("10.1.0.1", with: "10.1.0.2").replacing("near-v1-1", with: "near-v1-2")
            .replacing("\"True\"", with: "\"False\"")
        func states(_ service: String) throws -> [String] {
            let mesh = try MeshFixture(service, pod, unready)
            let name = "outbound|80||near.default.svc.cluster.local"
            return ResourceGenerator().endpoints(ofCluster: name, for: mesh.view).endpoints.flatMap(\.lbEndpoints).map {
                "\($0.endpoint.address.socketAddress.address) \($0.healthStatus)"
            }
        }
        let plain = MeshFixture.service("near")
        #expect(try states(plain) == ["10.1.0.1 healthy"])
        let near = plain + "\n  trafficDistribution: PreferClose"
        #expect(try states(near) == ["10.1.0.1 healthy", "10.1.0.2 unhealthy"])
        #expect(try states(near + "\n  publishNotReadyAddresses: true") == ["10.1.0.1 healthy", "10.1.0.2 healthy"])
        let both = try MeshFixture(
            near,
            MeshFixture.destinationRule("near", "trafficPolicy: {outlierDetection: {minHealthPercent: 50}}")
        )
        let panic = try both.cluster("outbound|80||near.default.svc.cluster.local").commonLbConfig.healthyPanicThreshold
        #expect(panic.value == 0)
    }
}
