import ConfigSources
import MeshSimulation

/// A namespace with STRICT, and callers that do and do not come with mutual TLS.
enum PolicyFixture {
    static let services = """
        apiVersion: v1
        kind: Pod
        metadata: {name: sleep-1, namespace: foo, labels: {app: sleep, security.istio.io/tlsMode: istio}}
        spec: {serviceAccountName: sleep, containers: [{name: app, image: x}]}
        status: {phase: Running, podIP: 10.10.0.1}
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: httpbin-1, namespace: foo, labels: {app: httpbin, security.istio.io/tlsMode: istio}}
        spec: {serviceAccountName: httpbin, containers: [{name: app, image: x}]}
        status: {phase: Running, podIP: 10.10.0.2}
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: legacy-1, namespace: foo, labels: {app: legacy}}
        spec: {containers: [{name: app, image: x}]}
        status: {phase: Running, podIP: 10.10.0.3}
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: httpbin, namespace: foo}
        spec: {clusterIP: 10.96.0.2, selector: {app: httpbin}, ports: [{name: http, port: 8000}, {name: tcp, port: 9000}]}
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: legacy, namespace: foo}
        spec: {clusterIP: 10.96.0.3, selector: {app: legacy}, ports: [{name: http, port: 80}]}
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: empty, namespace: foo}
        spec: {clusterIP: 10.96.0.4, selector: {app: empty}, ports: [{name: http, port: 80}]}
        ---
        apiVersion: discovery.k8s.io/v1
        kind: EndpointSlice
        metadata: {name: httpbin-1, namespace: foo, labels: {kubernetes.io/service-name: httpbin}}
        addressType: IPv4
        ports: [{name: http, port: 8000, protocol: TCP}, {name: tcp, port: 9000, protocol: TCP}]
        endpoints: [{addresses: [10.10.0.2], conditions: {ready: true}}]
        ---
        apiVersion: discovery.k8s.io/v1
        kind: EndpointSlice
        metadata: {name: legacy-1, namespace: foo, labels: {kubernetes.io/service-name: legacy}}
        addressType: IPv4
        ports: [{name: http, port: 80, protocol: TCP}]
        endpoints: [{addresses: [10.10.0.3], conditions: {ready: true}}]
        """

    /// The services with further documents, as `shop.yaml` and `rules.yaml`.
    static func configuration(_ rules: String = "") -> SimulatedConfiguration {
        var store = ConfigStore()
        return SimulatedConfiguration([
            store.apply(["shop.yaml": .bytes(Array(services.utf8)), "rules.yaml": .bytes(Array(rules.utf8))])
        ])
    }

    static func peer(_ mode: String, name: String = "default", namespace: String = "foo", more: String = "") -> String {
        """
        apiVersion: security.istio.io/v1
        kind: PeerAuthentication
        metadata: {name: \(name), namespace: \(namespace)}
        spec: {mtls: {mode: \(mode)}\(more)}

        """
    }

    static func rule(_ tls: String, host: String = "httpbin", more: String = "") -> String {
        """
        ---
        apiVersion: networking.istio.io/v1
        kind: DestinationRule
        metadata: {name: \(host), namespace: foo}
        spec: {host: \(host), trafficPolicy: {tls: {mode: \(tls)}}\(more)}

        """
    }
}
