import EnvoyAPI
import MeshConfig
import MeshModel
import SwiftProtobuf
import Testing

@testable import XDSGeneration

/// A small mesh written as YAML, and a proxy in it.
struct MeshFixture {
    var snapshot: MeshSnapshot
    var change: MeshChange
    var node: ProxyNode

    init(_ yaml: String..., mesh: MeshConfiguration = MeshConfiguration(), node: ProxyNode = .client) throws {
        (snapshot, change) = try Self.snapshot(yaml.joined(separator: "\n---\n"), mesh: mesh)
        self.node = node
    }

    /// The same mesh with other configuration.
    func updated(_ yaml: String..., mesh: MeshConfiguration = MeshConfiguration()) throws -> MeshFixture {
        var next = self
        let text = yaml.joined(separator: "\n---\n")
        (next.snapshot, next.change) = try Self.snapshot(text, mesh: mesh, previous: snapshot)
        return next
    }

    private static func snapshot(
        _ yaml: String,
        mesh: MeshConfiguration,
        previous: MeshSnapshot? = nil
    ) throws -> (MeshSnapshot, MeshChange) {
        let file = ObjectDecoder.decode(Array(yaml.utf8), file: "mesh.yaml")
        try #require(file.rejected.isEmpty && !file.hasUnreadableDocuments, "\(file.diagnostics)")
        let config = ConfigSnapshot(objects: file.objects, mesh: mesh)
        let next = MeshSnapshot.next(previous: previous, config: config)
        return (next.snapshot, next.change)
    }

    var view: ProxyView { ProxyView(node, in: snapshot) }

    func routes(_ name: String) -> XDS.RouteConfiguration {
        ResourceGenerator().route(named: name, for: view)
    }

    func virtualHost(_ name: String, port: String = "80") throws -> XDS.VirtualHost {
        let hosts = routes(port).virtualHosts
        return try #require(hosts.first { $0.name == name }, "\(hosts.map(\.name))")
    }

    func listener(_ name: String) throws -> XDS.Listener {
        let listeners = ResourceGenerator().listeners(for: view)
        return try #require(listeners.first { $0.name == name }, "\(listeners.map(\.name))")
    }

    func cluster(_ name: String) throws -> XDS.Cluster {
        let clusters = ResourceGenerator().clusters(for: view)
        return try #require(clusters.first { $0.name == name }, "\(clusters.map(\.name))")
    }

    func endpoints(_ cluster: String) -> [String] {
        ResourceGenerator().endpoints(ofCluster: cluster, for: view).endpoints.flatMap(\.lbEndpoints).map {
            "\($0.endpoint.address.socketAddress.address):\($0.endpoint.address.socketAddress.portValue)"
        }
    }
}

extension ProxyNode {
    static let client = sidecar("client-1", ip: "10.1.0.9", labels: ["app": "client"])

    static func sidecar(
        _ name: String,
        ip: String,
        namespace: String = "default",
        labels: [String: String] = [:]
    ) -> ProxyNode {
        ProxyNode(
            kind: .sidecar,
            id: "\(name).\(namespace)",
            ipAddresses: [ip],
            namespace: namespace,
            dnsDomain: "\(namespace).svc.cluster.local",
            labels: labels
        )
    }
}

extension MeshFixture {
    /// A Kubernetes Service.
    static func service(
        _ name: String,
        namespace: String = "default",
        ip: String = "10.96.0.1",
        ports: [String] = ["{name: http, port: 80, targetPort: 8080}"]
    ) -> String {
        """
        apiVersion: v1
        kind: Service
        metadata: {name: \(name), namespace: \(namespace)}
        spec:
          clusterIP: \(ip)
          selector: {app: \(name)}
          ports: [\(ports.joined(separator: ", "))]
        """
    }

    /// A ready Pod.
    static func pod(_ app: String, version: String = "v1", namespace: String = "default", ip: String) -> String {
        """
        apiVersion: v1
        kind: Pod
        metadata:
          name: \(app)-\(version)-\(ip.split(separator: ".").last ?? "0")
          namespace: \(namespace)
          labels: {app: \(app), version: \(version)}
        spec: {serviceAccountName: \(app)}
        status:
          phase: Running
          podIP: \(ip)
          conditions: [{type: Ready, status: "True"}]
        """
    }

    static func virtualService(_ host: String, namespace: String = "default", _ spec: String) -> String {
        """
        apiVersion: networking.istio.io/v1
        kind: VirtualService
        metadata: {name: \(host), namespace: \(namespace)}
        spec:
          hosts: [\(host)]
        \(spec.split(separator: "\n").map { "  " + $0 }.joined(separator: "\n"))
        """
    }

    static func destinationRule(_ host: String, namespace: String = "default", _ spec: String) -> String {
        """
        apiVersion: networking.istio.io/v1
        kind: DestinationRule
        metadata: {name: \(host), namespace: \(namespace)}
        spec:
          host: \(host)
        \(spec.split(separator: "\n").map { "  " + $0 }.joined(separator: "\n"))
        """
    }

    static let versions = """
        subsets:
        - {name: v1, labels: {version: v1}}
        - {name: v2, labels: {version: v2}}
        """
}

extension Message {
    /// JSON with sorted keys, for goldens.
    func golden() throws -> String {
        var options = JSONEncodingOptions()
        options.preserveProtoFieldNames = true
        options.useDeterministicOrdering = true
        return try jsonString(options: options)
    }
}
