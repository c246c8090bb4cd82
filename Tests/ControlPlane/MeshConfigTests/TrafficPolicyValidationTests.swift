import MeshConfig
import Testing

/// Faults of traffic policies, in DestinationRules and in the mesh's own settings.
@Suite struct TrafficPolicyValidationTests {
    private static let lb = "spec.trafficPolicy.loadBalancer"

    @Test(arguments: [
        (
            "loadBalancer: {localityLbSetting: {}, zoneAwareLbSetting: {}}",
            "\(lb).zoneAwareLbSetting: only one of localityLbSetting, zoneAwareLbSetting may be set"
        ),
        (
            "outlierDetection: {}, loadBalancer: {localityLbSetting: {failover: [{from: a, to: b}], "
                + "failoverPriority: [topology.kubernetes.io/zone]}}",
            "\(lb).localityLbSetting.failoverPriority: topology.kubernetes.io/zone orders localities, which failover does"
        ),
        (
            "outlierDetection: {}, loadBalancer: {zoneAwareLbSetting: {failoverPriority: [topology.istio.io/subzone]}}",
            "\(lb).zoneAwareLbSetting.failoverPriority: topology.istio.io/subzone orders localities, which zones do by "
                + "themselves"
        ),
        (
            "outlierDetection: {}, loadBalancer: {zoneAwareLbSetting: {failover: [{from: a/b, to: c}]}}",
            "\(lb).zoneAwareLbSetting.failover[0].from: \"a/b\" must be a region, without zone or wildcard"
        ),
        (
            "loadBalancer: {consistentHash: {useSourceIp: true, minimumRingSize: 9, maglev: {}}}",
            "\(lb).consistentHash.minimumRingSize: must not be set with maglev"
        ),
        (
            "loadBalancer: {consistentHash: {httpCookie: {name: a, attributes: [{name: Secure}, {name: Secure}]}}}",
            "\(lb).consistentHash.httpCookie.attributes: two attributes are named \"Secure\""
        ),
        (
            "loadBalancer: {warmup: {duration: 1s, aggression: 0}}",
            "\(lb).warmup.aggression: must be greater than 0"
        ),
        (
            "outlierDetection: {outlierDetectionHttpErrorCodes: [99]}",
            "spec.trafficPolicy.outlierDetection.outlierDetectionHttpErrorCodes[0]: "
                + "must be a whole number within 100...599, not the number 99"
        ),
    ])
    func faultIsNamed(policy: String, fault: String) {
        let found = decoded(object("DestinationRule", spec: "host: a\ntrafficPolicy: {\(policy)}")).diagnostics
            .filter { $0.severity == .error }.map { "\($0.path): \($0.message)" }
        #expect(found == [fault])
    }

    private static let failover = "loadBalancer: {localityLbSetting: {failoverPriority: [a]}}"

    @Test(arguments: [
        (
            "trafficPolicy: {\(failover)}",
            ["spec.trafficPolicy: loadBalancer fails over only with outlierDetection, which the rule does not have"]
        ),
        (
            "subsets: [{name: v1, labels: {a: b}, trafficPolicy: {\(failover)}}]",
            [
                "spec.subsets: loadBalancer of subset v1 fails over only with outlierDetection, which the rule does not "
                    + "have"
            ]
        ),
        (
            "trafficPolicy: {loadBalancer: {localityLbSetting: {distribute: [{from: a, to: {b: 100}}], "
                + "failoverPriority: [a]}}, outlierDetection: {}}",
            [
                "spec.trafficPolicy.loadBalancer.localityLbSetting.failoverPriority: has no effect beside distribute"
            ]
        ),
    ])
    func whatHasNoEffectIsSaid(spec: String, warnings: [String]) {
        let file = decoded(object("DestinationRule", spec: "host: a\n\(spec)"))
        #expect(file.objects.count == 1)
        #expect(Set(file.diagnostics.map { "\($0.path): \($0.message)" }).isSuperset(of: warnings))
    }

    @Test func subsetThatFailsOverMayRelyOnTheRulesOutlierDetection() {
        let spec = """
            host: a
            trafficPolicy: {outlierDetection: {}}
            subsets: [{name: v1, labels: {a: b}, trafficPolicy: {\(Self.failover)}}]
            """
        #expect(!diagnostics(object("DestinationRule", spec: spec)).contains { $0.contains("fails over only") })
    }

    private func decode(_ text: String) -> (configuration: MeshConfiguration?, diagnostics: [Diagnostic]) {
        MeshConfiguration.decode(MeshConfigurationSource(text: text, file: "m.yaml"))
    }

    @Test func policiesOfTheMeshAreRead() throws {
        let (configuration, _) = decode(
            """
            defaultTrafficPolicy:
              connectionPool: {http: {maxRetries: 2}}
              outlierDetection: {interval: 3s}
            defaultInboundHttpRetryPolicy: {attempts: 0}
            zoneAwareLbSetting: {enabled: false, minClusterSize: 5}
            inboundClusterStatName: in
            outboundClusterStatName: out
            """
        )
        let mesh = try #require(configuration)
        #expect(mesh.defaultTrafficPolicy.connectionPool?.http?.maxRetries == 2)
        #expect(mesh.defaultTrafficPolicy.outlierDetection?.interval == .seconds(3))
        #expect(mesh.defaultInboundHttpRetryPolicy?.attempts == 0)
        #expect(mesh.zoneAwareLbSetting?.enabled == false && mesh.zoneAwareLbSetting?.minClusterSize == 5)
        #expect(mesh.inboundClusterStatName == "in" && mesh.outboundClusterStatName == "out")
    }

    @Test func partsOfTheInboundRetryPolicyWithoutMeaningAreWarnedOf() {
        let (configuration, diagnostics) = decode(
            "defaultInboundHttpRetryPolicy: {attempts: 1, perTryTimeout: 1s, retryRemoteLocalities: true}"
        )
        #expect(configuration?.defaultInboundHttpRetryPolicy?.attempts == 1)
        let without = diagnostics.filter { $0.message == "has no effect on the way to the workload itself" }
        #expect(
            without.map(\.path) == [
                "defaultInboundHttpRetryPolicy.perTryTimeout", "defaultInboundHttpRetryPolicy.retryRemoteLocalities",
            ]
        )
    }

    @Test(arguments: [
        ("defaultTrafficPolicy: {connectionPool: {}}", "defaultTrafficPolicy.connectionPool"),
        ("defaultInboundHttpRetryPolicy: {attempts: 0, backoff: 1s}", "defaultInboundHttpRetryPolicy.backoff"),
        ("zoneAwareLbSetting: {minClusterSize: 0}", "zoneAwareLbSetting.minClusterSize"),
    ])
    func faultsOfTheMeshAreNamed(text: String, path: String) {
        let (configuration, diagnostics) = decode(text)
        #expect(configuration == nil)
        #expect(diagnostics.filter { $0.severity == .error }.map(\.path) == [path])
    }
}
