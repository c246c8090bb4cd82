import ProxySnapshot
import Testing

@testable import ProxyRuntime

@Suite struct HostResolverTests {
    @Test(arguments: [(false, 2), (true, 1)])
    func namesBecomeTheirAddresses(isLogical: Bool, count: Int) {
        let assignment = LoadAssignment(
            localities: [LocalityEndpoints(locality: Locality(), priority: 0, weight: nil, range: 0..<1)],
            endpoints: [Endpoint(address: .name("db.example", port: 5432))],
            priorities: [0..<1]
        )
        let cluster = Cluster(name: "db", index: ClusterIndex(rawValue: 0), endpoints: assignment)
        let known = ["db.example": [IPAddress(v4: 0x0A00_0001), IPAddress(v4: 0x0A00_0002)]]
        let resolved = HostResolver.assignment(cluster, known, isLogical: isLogical)
        #expect(resolved.endpoints.count == count)
        #expect(resolved.localities.first?.range == 0..<count)
        #expect(resolved.endpoints.first?.hostname == "db.example")
    }
}
