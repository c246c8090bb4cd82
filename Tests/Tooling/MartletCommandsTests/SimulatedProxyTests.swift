import ArgumentParser
import KubernetesAPI
import MeshConfig
import MeshModel
import MeshSimulation
import Testing

@testable import MartletCommands

@Suite struct SimulatedProxyTests {
    private var mesh: MeshSnapshot { SimulatedConfiguration([]).mesh }

    @Test func defaultsDescribeASidecar() throws {
        let node = try SimulatedProxy().node(in: mesh)
        #expect(node.kind == .sidecar)
        #expect(node.namespace == "default")
        #expect(node.dnsDomain == "default.svc.cluster.local")
        #expect(node.ipAddresses == ["1.1.1.1"])
    }

    @Test func fieldsOfTheRequestAreTaken() throws {
        var proxy = SimulatedProxy()
        proxy.type = "router"
        proxy.id = "gateway.edge"
        proxy.ipAddresses = ["10.0.0.1", "fd00::1"]
        proxy.labels = ["istio": "ingressgateway"]
        proxy.metadata = ["CLUSTER_ID": .string("c1")]
        let node = try proxy.node(in: mesh)
        #expect(node.kind == .router)
        #expect(node.id == "gateway.edge")
        #expect(node.namespace == "edge")
        #expect(node.ipAddresses == ["10.0.0.1", "fd00::1"])
        #expect(node.labels == ["istio": "ingressgateway"])
        #expect(node.clusterID == "c1")
    }

    @Test func unknownTypesAreRefused() {
        var proxy = SimulatedProxy()
        proxy.type = "waypoint"
        #expect(throws: (any Error).self) { try proxy.node(in: mesh) }
    }

    @Test func missingFilesAreNamed() {
        let failure = #expect(throws: ConfigurationFiles.Failure.self) {
            try ConfigurationFiles.load(["/no/such/folder"])
        }
        #expect(failure?.description == "/no/such/folder: there is no such file or folder")
    }

    @Test func commandLinesAreUnderstood() throws {
        let command = try MartletCommand.parseAsRoot(
            ["simulate", "-f", "x", "--from", "a.b", "GET", "http://c", "-H", "x: y", "-o", "json"]
        )
        let simulate = try #require(command as? SimulateCommand)
        #expect(simulate.paths == ["x"])
        #expect(simulate.target == ["GET", "http://c"])
        #expect(simulate.output == .json)
    }
}
