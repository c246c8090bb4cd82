import MeshConfig
import MeshModel
import Testing

/// A mesh from YAML, with the two snapshots most tests compare.
enum MeshFixture {
    static func config(_ yaml: String, mesh: MeshConfiguration = MeshConfiguration()) -> ConfigSnapshot {
        let file = ObjectDecoder.decode(Array(yaml.utf8), file: "mesh.yaml")
        #expect(file.rejected.isEmpty && !file.hasUnreadableDocuments, "the test's own YAML: \(file.diagnostics)")
        return ConfigSnapshot(objects: file.objects, mesh: mesh)
    }

    static func snapshot(_ yaml: String, mesh: MeshConfiguration = MeshConfiguration()) -> MeshSnapshot {
        MeshSnapshot.next(previous: nil, config: config(yaml, mesh: mesh)).snapshot
    }

    static func change(from before: String, to after: String) -> MeshChange {
        MeshSnapshot.next(previous: snapshot(before), config: config(after)).change
    }

    static func sidecar(_ namespace: String, ip: String = "10.9.9.9", labels: [String: String] = [:]) -> ProxyNode {
        ProxyNode(
            kind: .sidecar,
            id: "client.\(namespace)",
            ipAddresses: [ip],
            namespace: namespace,
            dnsDomain: "\(namespace).svc.cluster.local",
            labels: labels
        )
    }

    static func service(_ name: String, _ namespace: String = "default", extra: String = "") -> String {
        """
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: \(name), namespace: \(namespace)}
        spec:
          clusterIP: 10.0.0.1
          selector: {app: \(name)}
          ports: [{name: http, port: 9080}]
          \(extra)

        """
    }

    static func pod(
        _ name: String,
        _ namespace: String = "default",
        ip: String,
        app: String,
        version: String = "v1"
    ) -> String {
        """
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: \(name), namespace: \(namespace), labels: {app: \(app), version: \(version)}}
        spec:
          nodeName: node-1
          serviceAccountName: \(app)
          containers: [{name: app, image: x, ports: [{name: web, containerPort: 8080}]}]
        status: {podIP: \(ip), phase: Running}

        """
    }

    /// An object of `networking.istio.io/v1`; `spec` is YAML in flow form.
    static func istio(
        _ kind: String,
        _ name: String,
        _ namespace: String = "default",
        created: String = "",
        labels: String = "{}",
        spec: String
    ) -> String {
        let time = created.isEmpty ? "" : ", creationTimestamp: '\(created)'"
        return """
            ---
            apiVersion: networking.istio.io/v1
            kind: \(kind)
            metadata: {name: \(name), namespace: \(namespace), labels: \(labels)\(time)}
            spec: \(spec)

            """
    }
}

extension MeshSnapshot {
    func addresses(_ host: String, _ namespace: String, port: UInt32) -> [String] {
        let key = ServiceKey(hostname: Hostname(host), namespace: namespace)
        return endpointSet(of: key, port: port)?.endpoints.map { "\($0.address):\($0.port)" } ?? []
    }

    func codes() -> [ModelDiagnostic.Code] { diagnostics.map(\.code) }
}
