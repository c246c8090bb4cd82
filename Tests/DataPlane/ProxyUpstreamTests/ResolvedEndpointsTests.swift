import NIOCore
import NIOEmbedded
import ProxySnapshot
import Testing

@testable import ProxyUpstream

@Suite struct ResolvedEndpointsTests {
    private func cluster(_ kind: ClusterKind, _ address: EndpointAddress) -> Cluster {
        let assignment = LoadAssignment(
            localities: [LocalityEndpoints(locality: Locality(), priority: 0, weight: nil, range: 0..<1)],
            endpoints: [Endpoint(address: address)],
            priorities: [0..<1]
        )
        return Cluster(name: "c", index: ClusterIndex(rawValue: 0), kind: kind, endpoints: assignment)
    }

    private func socket(_ last: UInt32) -> EndpointAddress {
        .socket(SocketAddressValue(address: IPAddress(v4: 0x0A00_0000 + last), port: 80))
    }

    private func addresses(_ worker: Worker) -> [String] {
        worker.clusters.all.flatMap { $0.endpoints.map { $0?.address.ipText ?? "unresolved" } }
    }

    @Test func whatANameResolvedToStaysUntilTheEndpointsAreGivenInstead() {
        let worker = Worker(index: 0, eventLoop: EmbeddedEventLoop(), clock: .manual(ManualClock()))
        let named = EndpointAddress.name("a.example", port: 80)
        worker.publish(ProxySnapshot(clusterSlots: [cluster(.strictDNS(DNSOptions()), named)]))
        #expect(addresses(worker) == ["unresolved"])

        worker.clusters.resolve(ClusterIndex(rawValue: 0), cluster(.eds(serviceName: ""), socket(1)).endpoints)
        worker.publish(ProxySnapshot(clusterSlots: [cluster(.strictDNS(DNSOptions()), named)]))
        #expect(addresses(worker) == ["10.0.0.1:80"])

        worker.publish(ProxySnapshot(clusterSlots: [cluster(.static, socket(2))]))
        #expect(addresses(worker) == ["10.0.0.2:80"])
        worker.publish(ProxySnapshot(clusterSlots: [cluster(.static, socket(3))]))
        #expect(addresses(worker) == ["10.0.0.3:80"])
    }
}
