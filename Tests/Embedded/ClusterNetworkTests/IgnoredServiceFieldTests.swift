import KubernetesAPI
import Testing

@testable import ClusterNetwork

@Suite struct IgnoredServiceFieldTests {
    @Test(
        arguments: [
            (["externalTrafficPolicy": "Local"], ["spec.externalTrafficPolicy=Local"]),
            (["externalTrafficPolicy": "Cluster", "sessionAffinity": "None"], []),
            (Self.affinity(10_800), []),
            (Self.affinity(60), ["spec.sessionAffinityConfig.clientIP.timeoutSeconds=60"]),
            (
                ["ports": [["port": 80], ["port": 9, "protocol": "SCTP"], ["port": 53, "protocol": "UDP"]]],
                ["spec.ports[1].protocol=SCTP"]
            ),
        ] as [([String: JSONValue], [String])]
    )
    func whatIsNotDoneIsNamed(more: [String: JSONValue], names: [String]) {
        let found = IgnoredServiceField.all(of: Fixture.service("web", more: more))
        #expect(found.map { "\($0.field)=\($0.value)" } == names)
        #expect(IgnoredServiceField.all(of: Fixture.service("web", type: "ExternalName", more: more)).isEmpty)
    }

    private static func affinity(_ seconds: Int) -> [String: JSONValue] {
        let seconds = JSONValue.integer(Int64(seconds))
        return ["sessionAffinity": "ClientIP", "sessionAffinityConfig": ["clientIP": ["timeoutSeconds": seconds]]]
    }
}
