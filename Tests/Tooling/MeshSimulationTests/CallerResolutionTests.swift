import ConfigSources
import MeshConfig
import MeshModel
import Testing

@testable import MeshSimulation

@Suite struct CallerResolutionTests {
    private static let shop = """
        apiVersion: v1
        kind: Service
        metadata: {name: reviews, namespace: default}
        spec: {clusterIP: 10.96.0.1, selector: {app: reviews}, ports: [{name: http, port: 9080}]}
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: client-7d9, namespace: default, labels: {app: client}}
        spec: {containers: [{name: app, image: x}]}
        status: {phase: Running, podIP: 10.10.0.1}
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: reviews-1, namespace: default, labels: {app: reviews, version: v1}}
        spec: {containers: [{name: app, image: x}]}
        status: {phase: Running, podIP: 10.10.1.1}
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: reviews-2, namespace: default, labels: {app: reviews, version: v2}}
        spec: {containers: [{name: app, image: x}]}
        status: {phase: Running, podIP: 10.10.1.2}
        ---
        apiVersion: discovery.k8s.io/v1
        kind: EndpointSlice
        metadata: {name: reviews-1, namespace: default, labels: {kubernetes.io/service-name: reviews}}
        addressType: IPv4
        ports: [{name: http, port: 9080, protocol: TCP}]
        endpoints:
          - {addresses: [10.10.1.1], conditions: {ready: true}}
          - {addresses: [10.10.1.2], conditions: {ready: true}}
        ---
        apiVersion: networking.istio.io/v1
        kind: DestinationRule
        metadata: {name: reviews, namespace: default}
        spec: {host: reviews, subsets: [{name: v1, labels: {version: v1}}, {name: v2, labels: {version: v2}}]}
        ---
        apiVersion: networking.istio.io/v1
        kind: VirtualService
        metadata: {name: reviews, namespace: default}
        spec:
          hosts: [reviews]
          http:
            - name: tester
              match: [{headers: {x-user: {exact: tester}}}]
              route: [{destination: {host: reviews, subset: v2}}]
            - name: canary
              timeout: 2s
              route:
                - {destination: {host: reviews, subset: v1}, weight: 80}
                - {destination: {host: reviews, subset: v2}, weight: 20}
        """

    private var configuration: SimulatedConfiguration {
        var store = ConfigStore()
        return SimulatedConfiguration([store.apply(["shop.yaml": .bytes(Array(Self.shop.utf8))])])
    }

    @Test(arguments: ["reviews", "reviews.default", "reviews.default.svc.cluster.local"])
    func namesResolveToTheServicesAddress(host: String) throws {
        let caller = try CallerResolution(
            from: "client.default",
            method: "GET",
            url: "http://\(host):9080/x",
            headers: [],
            in: configuration
        )
        #expect(caller.call.address == "10.96.0.1")
        #expect(caller.call.port == 9080)
        #expect(caller.node.ipAddresses == ["10.10.0.1"])
        #expect(caller.notes.isEmpty)
    }

    @Test func splitIsExplainedDownToEndpoints() throws {
        let result = try call([])
        #expect(result.error == .none)
        #expect(result.route == "canary")
        #expect(result.explain.object == "VirtualService default/reviews")
        #expect(result.explain.rule == "spec.http[1]")
        #expect(result.explain.location?.hasPrefix("shop.yaml:") == true)
        #expect(result.explain.destinations.map(\.subset) == ["v1", "v2"])
        let endpoints = result.explain.destinations.flatMap(\.endpoints)
        #expect(endpoints.map(\.workload) == ["reviews-1.default", "reviews-2.default"])
        #expect(endpoints.map(\.share) == [0.8, 0.2])
        #expect(result.explain.timeout == "2.0 seconds")
        #expect(result.explain.passedOver.count == 1)
        #expect(result.text.contains("cluster        outbound|9080|v1|reviews.default.svc.cluster.local  80 %"))
    }

    @Test func everyPolicyIsNamedWithItsRule() throws {
        let text = Self.shop.replacing(
            "{host: reviews, subsets: [{name: v1",
            with: "{host: reviews, trafficPolicy: {outlierDetection: {consecutive5xxErrors: 3},"
                + " connectionPool: {tcp: {maxConnections: 7}}, loadBalancer: {consistentHash: {httpHeaderName: x-user}}},"
                + " subsets: [{name: v1"
        ).replacing("timeout: 2s", with: "timeout: 2s\n      retries: {attempts: 3, retryOn: 5xx, perTryTimeout: 1s}")
        var store = ConfigStore()
        let configuration = SimulatedConfiguration([store.apply(["shop.yaml": .bytes(Array(text.utf8))])])
        let caller = try CallerResolution(
            from: "client.default",
            method: "GET",
            url: "http://reviews:9080/",
            headers: [],
            in: configuration
        )
        let result = ProxySimulation(configuration, node: caller.node).result(of: caller.call)
        let policies = result.explain.policies
        #expect(policies.first?.name == "timeout")
        let retries = try #require(policies.first { $0.name == "retries" })
        #expect(retries.value == "attempts 3, on 5xx, each at most 1.0 seconds, back-off from 0.025 seconds")
        #expect(retries.rule == "spec.http[1].retries")
        #expect(retries.object == "VirtualService default/reviews")
        #expect(retries.location?.hasPrefix("shop.yaml:") == true)
        let ofV1 = policies.filter { $0.cluster == "outbound|9080|v1|reviews.default.svc.cluster.local" }
        #expect(ofV1.map(\.name) == ["loadBalancer", "connectionPool", "outlierDetection"])
        #expect(ofV1.map(\.object).allSatisfy { $0 == "DestinationRule default/reviews" })
        #expect(ofV1.map(\.rule).last == "spec.trafficPolicy.outlierDetection")
        #expect(ofV1.first?.value == "hash of header x-user by RING_HASH")
        #expect(ofV1.last?.value.hasPrefix("consecutive5xxErrors 3, interval 10.0 seconds") == true)
        #expect(result.text.contains("connectionPool maxConnections 7  (DestinationRule default/reviews spec."))
    }

    @Test func headerGoesToTheCanary() throws {
        let result = try call([("x-user", "tester")])
        #expect(result.cluster == "outbound|9080|v2|reviews.default.svc.cluster.local")
    }

    private static let edge = """
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: ingress, namespace: edge}
        spec: {clusterIP: 10.96.0.9, selector: {istio: ingressgateway}, ports: [{name: http, port: 80, targetPort: 8080}]}
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: ingress-1, namespace: edge, labels: {istio: ingressgateway}}
        spec: {containers: [{name: istio-proxy, image: x}]}
        status: {phase: Running, podIP: 10.10.9.1}
        ---
        apiVersion: networking.istio.io/v1
        kind: Gateway
        metadata: {name: public, namespace: default}
        spec:
          selector: {istio: ingressgateway}
          servers:
            - {port: {number: 80, name: http, protocol: HTTP}, hosts: ["*"]}
            - {port: {number: 443, name: tls, protocol: TLS}, hosts: ["*"], tls: {mode: PASSTHROUGH}}
        ---
        apiVersion: networking.istio.io/v1
        kind: VirtualService
        metadata: {name: shop, namespace: default}
        spec:
          hosts: [shop.example.com]
          gateways: [public]
          http: [{name: all, route: [{destination: {host: reviews, subset: v1}}]}]

        """

    @Test(arguments: [
        ("http://shop.example.com/", "all", nil),
        ("http://other.example.com/", "", "no virtual host serves \"other.example.com\""),
        ("http://shop.example.com:81/", "", "no Gateway serves port 81; served are 8080"),
        ("https://shop.example.com/", "", "nothing is routed to the TLS server of Gateway default/public on port 443"),
    ])
    func podThatAGatewaySelectsIsARouter(url: String, route: String, message: String?) throws {
        var store = ConfigStore()
        let text = Self.shop + "\n" + Self.edge
        let configuration = SimulatedConfiguration([store.apply(["shop.yaml": .bytes(Array(text.utf8))])])
        let caller = try CallerResolution(from: "ingress.edge", method: "GET", url: url, headers: [], in: configuration)
        #expect(caller.node.kind == .router)
        let result = ProxySimulation(configuration, node: caller.node).result(of: caller.call)
        #expect(result.route == route)
        #expect(result.explain.message == message)
    }

    @Test func unknownCallerIsTakenByItsLabel() throws {
        let caller = try CallerResolution(
            from: "nobody.prod",
            method: "GET",
            url: "http://reviews.default:9080/",
            headers: [],
            in: configuration
        )
        #expect(caller.node.labels == ["app": "nobody"])
        #expect(caller.notes.count == 1)
    }

    @Test(arguments: ["client", ".default", "client."])
    func badCallersAreRefused(caller: String) {
        #expect(throws: CallerResolution.Failure.badCaller(caller)) {
            try CallerResolution(from: caller, method: "GET", url: "http://x", headers: [], in: configuration)
        }
    }

    @Test(arguments: ["ftp://x", "http://", "http://x:99999/", "http://u@x/"])
    func badURLsAreRefused(url: String) {
        #expect(URLParts(url) == nil)
    }

    @Test func partsOfURLs() throws {
        let parts = try #require(URLParts("https://[::1]:8443/a?b=c#d"))
        #expect(parts.host == "::1")
        #expect(parts.authority == "[::1]:8443")
        #expect(parts.port == 8443)
        #expect(parts.path == "/a?b=c")
        #expect(URLParts("reviews?x")?.path == "/?x")
        #expect(URLParts("https://a")?.port == 443)
    }

    private func call(_ headers: [(name: String, value: String)]) throws -> CallResult {
        let configuration = configuration
        let caller = try CallerResolution(
            from: "client.default",
            method: "GET",
            url: "http://reviews:9080/",
            headers: headers,
            in: configuration
        )
        return ProxySimulation(configuration, node: caller.node).result(of: caller.call)
    }
}
