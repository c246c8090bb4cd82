import EnvoyAPI
import MeshConfig
import MeshModel
import SwiftProtobuf
import Testing

@testable import XDSGeneration

extension MeshFixture {
    static let web = service(
        "web",
        ports: ["{name: http, port: 80, targetPort: 8080}", "{name: tcp, port: 7000, targetPort: 7000}"]
    )
    /// The proxy of a pod behind `web`.
    static let webNode = ProxyNode.sidecar("web-1", ip: "10.1.0.5", labels: ["app": "web"])
    static let gatewayNode = ProxyNode(
        kind: .router,
        id: "gw.default",
        ipAddresses: ["10.1.0.7"],
        namespace: "default",
        dnsDomain: "default.svc.cluster.local",
        labels: ["istio": "ingressgateway"]
    )

    static func policy(
        _ spec: String,
        name: String = "p",
        namespace: String = "default",
        dryRun: String = ""
    ) -> String {
        let annotations = dryRun.isEmpty ? "" : ", annotations: {istio.io/dry-run: \"\(dryRun)\"}"
        return """
            apiVersion: security.istio.io/v1
            kind: AuthorizationPolicy
            metadata: {name: \(name), namespace: \(namespace)\(annotations)}
            spec: \(spec)
            """
    }

    static func tokens(_ spec: String, name: String = "r", namespace: String = "default") -> String {
        """
        apiVersion: security.istio.io/v1
        kind: RequestAuthentication
        metadata: {name: \(name), namespace: \(namespace)}
        spec: \(spec)
        """
    }

    /// A mesh seen by the proxy of `web`.
    static func secured(_ yaml: String..., mesh: MeshConfiguration = MeshConfiguration()) throws -> MeshFixture {
        try MeshFixture(([web] + yaml).joined(separator: "\n---\n"), mesh: mesh, node: webNode)
    }

    var security: SecurityFilters { SecurityFilters(view) }

    /// HTTP RBAC filters, in order.
    func httpRules() throws -> [XDS.HTTPRBAC] {
        try security.http.filter { $0.name == ExtensionName.httpRBAC }.map {
            try XDS.HTTPRBAC(serializedBytes: $0.typedConfig.value)
        }
    }

    /// Network RBAC filters, in order.
    func networkRules() throws -> [XDS.NetworkRBAC] {
        try security.network.filter { $0.name == ExtensionName.networkRBAC }.map {
            try XDS.NetworkRBAC(serializedBytes: $0.typedConfig.value)
        }
    }

    func httpExtAuthz() throws -> [XDS.HTTPExtAuthz] {
        try security.http.filter { $0.name == ExtensionName.httpExtAuthz }.map {
            try XDS.HTTPExtAuthz(serializedBytes: $0.typedConfig.value)
        }
    }

    func jwt() throws -> XDS.JwtAuthentication {
        let filter = try #require(security.http.first { $0.name == ExtensionName.jwtAuthn })
        return try XDS.JwtAuthentication(serializedBytes: filter.typedConfig.value)
    }
}

extension MeshConfiguration {
    /// Settings from YAML.
    static func yaml(_ text: String) throws -> MeshConfiguration {
        let (mesh, faults) = decode(MeshConfigurationSource(text: text, file: "mesh.yaml"))
        return try #require(mesh, "\(faults)")
    }
}
