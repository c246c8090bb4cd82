import EnvoyAPI
import ProxyAgent
import SwiftProtobuf
import Testing

@Suite struct AgentConfigurationTests {
    @Test(arguments: [
        ("127.0.0.1:15010", "127.0.0.1", 15010),
        ("[::1]:15010", "::1", 15010),
        ("istiod.istio-system.svc:15012", "istiod.istio-system.svc", 15012),
    ])
    func addressesAreHostAndPort(text: String, host: String, port: Int) {
        #expect(HostPort(text) == HostPort(host: host, port: port))
        #expect(HostPort(text)?.description == text)
    }

    @Test(arguments: ["", "host", ":1", "host:", "host:70000", "ho\"st:1", "a b:1", "host:-1"])
    func otherAddressesAreRefused(text: String) {
        #expect(HostPort(text) == nil)
    }

    @Test func theNodeCarriesIstiosMetadata() throws {
        let node = try NodeDescription.node(
            id: "sidecar~10.0.0.1~web-1.shop~shop.svc.cluster.local",
            cluster: nil,
            metadata: #"{"LABELS": {"app": "web"}, "NAME": "given"}"#
        )
        #expect(node.cluster == "web.shop")
        #expect(node.metadata.fields["NAME"]?.stringValue == "given")
        #expect(node.metadata.fields["NAMESPACE"]?.stringValue == "shop")
        #expect(node.metadata.fields["INSTANCE_IPS"]?.stringValue == "10.0.0.1")
    }

    @Test(arguments: ["", "sidecar", "sidecar~1.2.3.4~pod~x", "sidecar~~pod.ns~x", "a~b~c.d~e~f"])
    func nodeIDsOfAnotherFormAreRefused(id: String) {
        #expect(throws: AgentConfigurationError.nodeID(id)) {
            try NodeDescription.node(id: id, cluster: nil, metadata: "{}")
        }
    }

    @Test(arguments: ["", "[]", "{", "\"x\""])
    func metadataThatIsNoObjectIsRefused(json: String) {
        #expect(throws: AgentConfigurationError.self) {
            try NodeDescription.node(id: "sidecar~1.2.3.4~a.b~c", cluster: nil, metadata: json)
        }
    }
}

@Suite struct EnvoyBootstrapTests {
    @Test func theBootstrapIsJSONWithDeltaADS() throws {
        let configuration = AgentConfiguration(
            node: try NodeDescription.node(id: "sidecar~10.0.0.1~a.b~c", cluster: nil, metadata: "{}"),
            discovery: HostPort(host: "127.0.0.1", port: 15010)
        )
        let bootstrap = try Google_Protobuf_Struct(jsonString: EnvoyBootstrap.json(for: configuration)).fields
        #expect(bootstrap["node"]?.structValue.fields["id"]?.stringValue == "sidecar~10.0.0.1~a.b~c")
        let ads = bootstrap["dynamic_resources"]?.structValue.fields["ads_config"]?.structValue.fields
        #expect(ads?["api_type"]?.stringValue == "DELTA_GRPC")
    }

    @Test(arguments: [
        (#"{"ENABLE_SELF_DISCOVERY": "true"}"#, "local_cluster"),
        (#"{"ENABLE_SELF_DISCOVERY": true}"#, "local_cluster"),
        (#"{"ENABLE_SELF_DISCOVERY": "false"}"#, nil), ("{}", nil),
    ])
    func theBootstrapKnowsTheProxysLikeWhereTheMetadataAsksForIt(metadata: String, name: String?) throws {
        let configuration = AgentConfiguration(
            node: try NodeDescription.node(id: "sidecar~10.0.0.1~a.b~c", cluster: nil, metadata: metadata),
            discovery: HostPort(host: "127.0.0.1", port: 15010)
        )
        let bootstrap = try Google_Protobuf_Struct(jsonString: EnvoyBootstrap.json(for: configuration)).fields
        let manager = bootstrap["cluster_manager"]?.structValue.fields
        #expect(manager?["local_cluster_name"]?.stringValue == name)
        let clusters = bootstrap["static_resources"]?.structValue.fields["clusters"]?.listValue.values ?? []
        #expect(clusters.contains { $0.structValue.fields["name"]?.stringValue == "local_cluster" } == (name != nil))
    }

    @Test(arguments: [
        (#"{"istio-locality": "eu.a.1", "topology.kubernetes.io/region": "us"}"#, ["eu", "a", "1"]),
        (#"{"istio-locality": "eu/a"}"#, ["eu", "a", ""]),
        (#"{"topology.kubernetes.io/region": "eu", "topology.kubernetes.io/zone": "b"}"#, ["eu", "b", ""]),
        (#"{"topology.kubernetes.io/zone": "b"}"#, ["", "", ""]), ("{}", ["", "", ""]),
    ])
    func theNodeIsWhereItsLabelsSay(labels: String, expected: [String]) throws {
        let node = try NodeDescription.node(
            id: "sidecar~10.0.0.1~a.b~c",
            cluster: nil,
            metadata: "{\"LABELS\": \(labels)}"
        )
        #expect([node.locality.region, node.locality.zone, node.locality.subZone] == expected)
    }
}
