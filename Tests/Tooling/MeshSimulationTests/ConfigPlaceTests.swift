import ConfigSources
import MeshConfig
import Testing

@testable import MeshSimulation

@Suite struct ConfigPlaceTests {
    private static let yaml = """
        apiVersion: networking.istio.io/v1
        kind: VirtualService
        metadata: {name: reviews, namespace: default}
        spec:
          hosts: [reviews]
          http:
            - name: testers
              match: [{headers: {x-user: {exact: tester}}}]
              route: [{destination: {host: reviews}}]
            - route: [{destination: {host: reviews}}]
        ---
        apiVersion: networking.istio.io/v1
        kind: DestinationRule
        metadata: {name: reviews, namespace: default}
        spec:
          host: reviews
          trafficPolicy:
            portLevelSettings:
              - port: {number: 80}
                loadBalancer: {simple: RANDOM}
          subsets:
            - {name: v1, labels: {version: v1}}
            - name: v2
              labels: {version: v2}
        """

    @Test(
        arguments: [
            ("virtual-service", nil, 1), ("virtual-service", "http[1]", 10), ("virtual-service", "http[0]", 7),
            ("virtual-service", "http[7]", 1), ("destination-rule", "trafficPolicy", 12),
            ("destination-rule", "trafficPolicy.portLevelSettings[0]", 19), ("destination-rule", "subsets[1]", 23),
            ("destination-rule", "subsets[1].trafficPolicy", 23), ("destination-rule", "subsets[x]", 12),
        ] as [(String, String?, Int)]
    )
    func rulesHaveTheirLines(kind: String, rule: String?, line: Int) throws {
        var store = ConfigStore()
        let configuration = SimulatedConfiguration([store.apply(["r.yaml": .bytes(Array(Self.yaml.utf8))])])
        let path = "/apis/networking.istio.io/v1/namespaces/default/\(kind)/reviews"
        let place = try #require(configuration.place(of: rule, inConfigSource: path))
        #expect(place.object.name == "reviews")
        #expect(place.location?.line == line)
        #expect(configuration.place(of: rule, inConfigSource: path + "-none") == nil)
    }
}
