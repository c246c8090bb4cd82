import MeshConfig
import Testing

@Suite struct OtherKindsValidationTests {
    @Test(arguments: [
        ("DestinationRule", "subsets: [{name: v1, labels: {a: b}}]", "spec.host: is required"),
        (
            "DestinationRule", "host: a\nsubsets: [{name: v1, labels: {a: b}}, {name: v1, labels: {a: c}}]",
            "spec.subsets: two subsets are named \"v1\""
        ),
        (
            "DestinationRule", "host: a\ntrafficPolicy: {}",
            "spec.trafficPolicy: must set one of loadBalancer, connectionPool, outlierDetection, tls, "
                + "portLevelSettings, tunnel, proxyProtocol, retryBudget"
        ),
        (
            "DestinationRule", "host: a\ntrafficPolicy: {loadBalancer: {simple: ROUND_ROBBIN}}",
            "spec.trafficPolicy.loadBalancer.simple: \"ROUND_ROBBIN\" is not one of UNSPECIFIED, LEAST_CONN, RANDOM, "
                + "PASSTHROUGH, ROUND_ROBIN, LEAST_REQUEST; did you mean \"ROUND_ROBIN\"?"
        ),
        (
            "DestinationRule",
            "host: a\ntrafficPolicy: {loadBalancer: {simple: RANDOM, consistentHash: {useSourceIp: true}}}",
            "spec.trafficPolicy.loadBalancer.consistentHash: only one of simple, consistentHash may be set"
        ),
        (
            "DestinationRule",
            "host: a\ntrafficPolicy: {loadBalancer: {consistentHash: {useSourceIp: true, httpHeaderName: x}}}",
            "spec.trafficPolicy.loadBalancer.consistentHash.useSourceIp: "
                + "only one of httpHeaderName, useSourceIp may be set"
        ),
        (
            "DestinationRule",
            "host: a\ntrafficPolicy: {loadBalancer: {consistentHash: {useSourceIp: true, maglev: {tableSize: 10}}}}",
            "spec.trafficPolicy.loadBalancer.consistentHash.maglev.tableSize: must be a prime number"
        ),
        (
            "DestinationRule",
            "host: a\ntrafficPolicy: {loadBalancer: {localityLbSetting: {distribute: [{from: a, to: {b: 50}}]}}}",
            "spec.trafficPolicy.loadBalancer.localityLbSetting.distribute[0].to: "
                + "the shares add up to 50; they must add up to 100"
        ),
        (
            "DestinationRule",
            "host: a\ntrafficPolicy: {loadBalancer: {localityLbSetting: {distribute: [{from: a, to: {b: 100}}], "
                + "failover: [{from: a, to: b}]}}}",
            "spec.trafficPolicy.loadBalancer.localityLbSetting.failover: excludes distribute"
        ),
        (
            "DestinationRule", "host: a\ntrafficPolicy: {portLevelSettings: [{tls: {mode: SIMPLE}}]}",
            "spec.trafficPolicy.portLevelSettings[0].port: is required"
        ),
        (
            "DestinationRule", "host: a\ntrafficPolicy: {tls: {mode: MUTUAL, privateKey: k}}",
            "spec.trafficPolicy.tls.clientCertificate: is required in mode MUTUAL"
        ),
        (
            "DestinationRule", "host: a\ntrafficPolicy: {outlierDetection: {maxEjectionPercent: 101}}",
            "spec.trafficPolicy.outlierDetection.maxEjectionPercent: "
                + "must be a whole number within 0...100, not the number 101"
        ),
        (
            "DestinationRule", "host: a\ntrafficPolicy: {outlierDetection: {consecutiveLocalOriginFailures: 1}}",
            "spec.trafficPolicy.outlierDetection.consecutiveLocalOriginFailures: "
                + "needs splitExternalLocalOriginErrors: true"
        ),
        (
            "DestinationRule", "host: a\ntrafficPolicy: {connectionPool: {tcp: {maxConnections: -1}}}",
            "spec.trafficPolicy.connectionPool.tcp.maxConnections: "
                + "must be a whole number within 0...2147483647, not the number -1"
        ),
        (
            "DestinationRule",
            "host: a\ntrafficPolicy: {connectionPool: {http: {useClientProtocol: true, h2UpgradePolicy: UPGRADE}}}",
            "spec.trafficPolicy.connectionPool.http.useClientProtocol: "
                + "must not be true when h2UpgradePolicy is UPGRADE"
        ),
        ("ServiceEntry", "ports: []", "spec.hosts: is required"),
        ("ServiceEntry", "hosts: [\"*\"]", "spec.hosts[0]: `*` would cover every host; name hosts"),
        (
            "ServiceEntry", "hosts: [a.com]\nports: [{number: 80, name: a, protocol: HTPP}]",
            "spec.ports[0].protocol: \"HTPP\" is not one of HTTP, HTTPS, HTTP2, GRPC, GRPC-WEB, GRPC-WEB-TLS, TCP, "
                + "TLS, UDP, MONGO, REDIS, MYSQL, THRIFT, HBONE; did you mean \"HTTP\"?"
        ),
        (
            "ServiceEntry",
            "hosts: [a.com]\nports: [{number: 80, name: a, protocol: HTTP}, {number: 80, name: b, protocol: HTTP}]",
            "spec.ports: port 80 stands twice"
        ),
        (
            "ServiceEntry", "hosts: [a.com]\nendpoints: [{address: 1.2.3.4}]",
            "spec.endpoints: must not be set with resolution NONE"
        ),
        (
            "ServiceEntry", "hosts: [a.com]\nresolution: STATIC\nendpoints: [{address: b.com}]",
            "spec.endpoints: endpoints[0]: \"b.com\" must be an IP address with resolution STATIC"
        ),
        (
            "ServiceEntry", "hosts: [\"*.com\"]\nresolution: DNS",
            "spec.hosts: must be without wildcard when DNS resolves them; set endpoints"
        ),
        (
            "ServiceEntry", "hosts: [a.com]\nresolution: DNS\naddresses: [10.0.0.0/8]",
            "spec.addresses: CIDR ranges are allowed with resolution NONE and STATIC only"
        ),
        (
            "ServiceEntry",
            "hosts: [a.com]\nresolution: STATIC\nendpoints: [{address: 1.2.3.4}]\nworkloadSelector: {labels: {a: b}}",
            "spec.endpoints: only one of workloadSelector, endpoints may be set"
        ),
        (
            "ServiceEntry",
            "hosts: [a.com]\nresolution: STATIC\nports: [{number: 80, name: http, protocol: HTTP}]\n"
                + "endpoints: [{address: 1.2.3.4, ports: {htp: 1}}]",
            "spec.endpoints: endpoints[0]: port \"htp\" is not a port of the entry; did you mean \"http\"?"
        ),
        ("WorkloadEntry", "labels: {}", "spec.address: is required unless network is set"),
        ("WorkloadEntry", "address: unix:///a\nports: {a: 1}", "spec.ports: must not be set for a unix socket"),
        (
            "Sidecar", "workloadSelector: {labels: {a: b}}",
            "spec: must set ingress, egress, inboundConnectionPool or outboundTrafficPolicy"
        ),
        ("Sidecar", "egress: [{hosts: [a]}]", "spec.egress[0].hosts[0]: \"a\" is not of the form namespace/host"),
        (
            "Sidecar", "egress: [{hosts: [./*]}, {hosts: [a/*]}]",
            "spec.egress: egress[0]: a listener without port must be the last"
        ),
        (
            "Sidecar", "ingress: [{port: {number: 80, protocol: HTTP, name: a}, defaultEndpoint: 1.2.3.4:80}]",
            "spec.ingress[0].defaultEndpoint: \"1.2.3.4:80\" is not 127.0.0.1:PORT, 0.0.0.0:PORT, [::1]:PORT, "
                + "[::]:PORT or unix:///path"
        ),
        ("Gateway", "selector: {a: b}", "spec.servers: is required"),
        (
            "Gateway", "servers: [{port: {number: 443, protocol: HTTPS, name: a}, hosts: [a.com]}]",
            "spec.servers[0].tls: is required for protocol HTTPS"
        ),
    ])
    func faultIsNamed(kind: String, spec: String, fault: String) {
        let found = decoded(object(kind, spec: spec)).diagnostics
            .filter { $0.severity == .error }.map { "\($0.path): \($0.message)" }
        #expect(found == [fault])
    }

    @Test(arguments: [
        (
            "DestinationRule", "host: a\ntrafficPolicy: {outlierDetection: {consecutiveErrors: 5}}",
            "is deprecated and counts only where consecutive5xxErrors is absent; use consecutive5xxErrors"
        ),
        (
            "DestinationRule", "host: a\ntrafficPolicy: {loadBalancer: {simple: LEAST_CONN}}",
            "LEAST_CONN is deprecated; use LEAST_REQUEST"
        ),
        (
            "DestinationRule", "host: a\nsubsets: [{name: v1}]",
            "no labels: the subset is every endpoint of the host"
        ),
        ("Sidecar", "outboundTrafficPolicy: {}", "no mode: it is REGISTRY_ONLY, which blocks unknown hosts"),
    ])
    func whatIstioOnlyWarnsOfIsAccepted(kind: String, spec: String, warning: String) {
        let file = decoded(object(kind, spec: spec))
        #expect(file.objects.count == 1)
        #expect(file.diagnostics.map(\.message).contains(warning))
    }
}
