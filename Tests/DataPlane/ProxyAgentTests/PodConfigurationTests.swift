import CustomDump
import EnvoyAPI
import SwiftProtobuf
import Testing

@testable import ProxyAgent

@Suite struct PodConfigurationTests {
    private static let variables = [
        "POD_NAME": "reviews-v1-5b8f6f7c9-x2x4z", "POD_NAMESPACE": "shop", "INSTANCE_IP": "10.1.2.3,fd00::3",
        "SERVICE_ACCOUNT": "reviews", "ISTIO_CPU_LIMIT": "2", "TRUST_DOMAIN": "cluster.local",
        "ISTIO_META_CLUSTER_ID": "Kubernetes", "ISTIO_META_POD_PORTS": #"[{"containerPort":9080}]"#,
        "ISTIO_META_OWNER": "kubernetes://apis/apps/v1/namespaces/shop/deployments/reviews-v1",
        "PROXY_CONFIG":
            #"{"discoveryAddress":"istiod.istio-system.svc:15012","terminationDrainDuration":"7s","tracing":{}}"#,
    ]

    private func read(
        _ changes: [String: String] = [:],
        labels: String? = nil,
        _ flags: PodConfiguration.Flags = PodConfiguration.Flags(role: .sidecar)
    ) throws -> PodConfiguration {
        let environment = ProxyEnvironment(Self.variables.merging(changes) { $1 })
        let pod = PodEnvironment(environment, labels: labels, annotations: nil)
        return try PodConfiguration.read(pod, environment, flags)
    }

    @Test func theNodeIsWhatIstiosAgentMakesOfThePod() throws {
        let labels = "app=\"reviews\"\nversion=\"v1\"\nistio-locality=\"eu.north.rack1\"\nodd=\"a\\\"b\\\\c\"\n"
        let node = try read(labels: labels).agent.node
        #expect(node.id == "sidecar~10.1.2.3~reviews-v1-5b8f6f7c9-x2x4z.shop~shop.svc.cluster.local")
        #expect(node.cluster == "reviews.shop")
        #expect(node.locality.region == "eu" && node.locality.zone == "north" && node.locality.subZone == "rack1")
        let metadata = node.metadata.fields
        #expect(metadata["LABELS"]?.structValue.fields["odd"]?.stringValue == "a\"b\\c")
        #expect(metadata["WORKLOAD_NAME"]?.stringValue == "reviews-v1")
        #expect(metadata["INTERCEPTION_MODE"]?.stringValue == "REDIRECT")
        #expect(metadata["INSTANCE_IPS"]?.stringValue == "10.1.2.3,fd00::3")
        #expect(metadata["POD_PORTS"]?.listValue.values.count == 1)
        #expect(metadata["MESH_ID"]?.stringValue == "cluster.local")
    }

    @Test func aGatewayIsARouter() throws {
        let flags = PodConfiguration.Flags(role: .router, domain: "istio-system.svc.cluster.local")
        #expect(
            try read(flags: flags).agent.node.id
                == "router~10.1.2.3~reviews-v1-5b8f6f7c9-x2x4z.shop~istio-system.svc.cluster.local"
        )
    }

    private func read(flags: PodConfiguration.Flags) throws -> PodConfiguration { try read([:], labels: nil, flags) }

    @Test func whatIsNotActedOnIsNamed() throws {
        let flags = PodConfiguration.Flags(role: .sidecar, others: ["--stsPort=15463", "x"])
        expectNoDifference(
            try read(["CA_PROVIDER": "GoogleCA", "SECRET_TTL": "long"], labels: nil, flags).warnings,
            [
                "PROXY_CONFIG.tracing", "environment SECRET_TTL 'long': it is no duration such as 24h", "--stsPort",
                "environment CA_PROVIDER",
            ]
        )
    }

    @Test func settingsComeFromFlagThenProxyConfigThenEnvironment() throws {
        #expect(try read().agent.concurrency == 2)
        #expect(try read(["PROXY_CONFIG": #"{"concurrency":4}"#]).agent.concurrency == 4)
        #expect(try read(flags: PodConfiguration.Flags(role: .sidecar, concurrency: 1)).agent.concurrency == 1)
        #expect(try read(["PROXY_CONFIG": "{}\n"]).agent.discovery.description == "istiod.istio-system.svc:15012")
        #expect(try read().agent.terminationDrainDuration == .seconds(7))
        #expect(try read(["TERMINATION_DRAIN_DURATION_SECONDS": "9"]).agent.terminationDrainDuration == .seconds(9))
        #expect(try read().agent.shutdown == .afterDrain)
        let zero = try read(["EXIT_ON_ZERO_ACTIVE_CONNECTIONS": "true", "MINIMUM_DRAIN_DURATION": "3s"])
        #expect(zero.agent.shutdown == .zeroConnections(minimum: .seconds(3)))
    }

    @Test func aPodThatIsNotNamedIsRefused() {
        let environment = ProxyEnvironment(["POD_NAME": "a"])
        #expect(throws: AgentConfigurationError.environment(missing: ["POD_NAMESPACE", "INSTANCE_IP"])) {
            try PodEnvironment(environment, labels: nil, annotations: nil).node(role: .sidecar, domain: nil)
        }
    }

    @Test(arguments: ["istiod", "istiod:x", ":15010"])
    func aDiscoveryAddressThatIsNoneIsRefused(text: String) {
        #expect(throws: AgentConfigurationError.discoveryAddress(text)) {
            try read(["PROXY_CONFIG": #"{"discoveryAddress":"\#(text)"}"#])
        }
    }

    @Test(arguments: [("5s", 5000), ("1m30s", 90_000), ("250ms", 250), ("1.5s", 1500), ("45", 45_000), ("0s", 0)])
    func durationsAreReadAsGoWritesThem(text: String, milliseconds: Int) {
        #expect(Duration(setting: text) == .milliseconds(milliseconds))
    }

    @Test(arguments: ["", "s", "5x", "-5s", "5s ", "1e400s", "99999999999999999999s", "infs"])
    func durationsOfAnotherFormAreRefused(text: String) {
        #expect(Duration(setting: text) == nil)
    }

    @Test func theBootstrapOfAPodServesTheProbesAndTheScraper() throws {
        let bootstrap = try Google_Protobuf_Struct(jsonString: EnvoyBootstrap.json(for: read().agent)).fields
        let resources = bootstrap["static_resources"]?.structValue.fields
        let ports = resources?["listeners"]?.listValue.values.map {
            $0.structValue.fields["address"]?.structValue.fields["socket_address"]?.structValue.fields["port_value"]?
                .numberValue
        }
        #expect(ports == [15090, 15021])
        let clusters = resources?["clusters"]?.listValue.values.map { $0.structValue.fields["name"]?.stringValue }
        #expect(clusters == ["prometheus_stats", "agent", "xds-grpc"])
    }
}
