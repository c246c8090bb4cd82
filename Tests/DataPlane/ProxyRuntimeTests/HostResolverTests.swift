import Foundation
import ProxySnapshot
import Synchronization
import Testing

@testable import ProxyRuntime

@Suite(.timeLimit(.minutes(5))) struct HostResolverTests {
    private static let one = IPAddress(v4: 0x0A00_0001)
    private static let two = IPAddress(v4: 0x0A00_0002)

    /// What a resolver published, by turns.
    private final class Published: Sendable {
        private let texts = Mutex<[String]>([])

        var all: [String] { texts.withLock { $0 } }

        func add(_ assignment: LoadAssignment) {
            let text = assignment.endpoints.map(\.address.text).joined(separator: " ")
            texts.withLock { $0.append(text) }
        }

        func wait(for count: Int) async throws -> [String] {
            while all.count < count {
                try Task.checkCancellation()
                await Task.yield()
            }
            return all
        }
    }

    private func cluster(_ host: String = "db.example", isLogical: Bool = false) -> Cluster {
        let assignment = LoadAssignment(
            localities: [LocalityEndpoints(locality: Locality(), priority: 0, weight: nil, range: 0..<1)],
            endpoints: [Endpoint(address: .name(host, port: 5432))],
            priorities: [0..<1]
        )
        let options = DNSOptions(refreshRate: .seconds(1), family: .v4Only)
        return Cluster(
            name: "db",
            index: ClusterIndex(rawValue: 0),
            kind: isLogical ? .logicalDNS(options) : .strictDNS(options),
            endpoints: assignment
        )
    }

    @Test(arguments: [(false, 2), (true, 1)])
    func namesBecomeTheirAddresses(isLogical: Bool, count: Int) {
        let cluster = cluster(isLogical: isLogical)
        let resolved = HostResolver.assignment(cluster, ["db.example": [Self.one, Self.two]])
        #expect(resolved.endpoints.count == count)
        #expect(resolved.localities.first?.range == 0..<count)
        #expect(resolved.endpoints.first?.hostname == "db.example")
    }

    @Test func aClusterHasItsAddressesWhenItIsFirstServed() async {
        let published = Published()
        let resolver = HostResolver(lookUp: { _, _ in [Self.two, Self.one] }, publish: { published.add($1) })
        let snapshot = ProxySnapshot(clusterSlots: [cluster()])
        await resolver.prepare(snapshot, atMost: .seconds(30))
        await resolver.follow(snapshot)
        #expect(published.all == ["10.0.0.1:5432 10.0.0.2:5432"])
        await resolver.stop()
    }

    @Test func aNameThatGivesNoAnswerIsNotWaitedForWithoutEnd() async throws {
        let published = Published()
        let gate = DispatchSemaphore(value: 0)
        let resolver = HostResolver(
            lookUp: { _, _ in
                gate.wait()
                gate.signal()
                return [Self.one]
            },
            publish: { published.add($1) }
        )
        let snapshot = ProxySnapshot(clusterSlots: [cluster()])
        await resolver.prepare(snapshot, atMost: .milliseconds(1))
        await resolver.follow(snapshot)
        #expect(published.all == [""])
        gate.signal()
        #expect(try await published.wait(for: 2) == ["", "10.0.0.1:5432"])
        await resolver.stop()
    }

    @Test func anAnswerThatIsTheSameIsNoChange() async throws {
        let published = Published()
        let answers = Mutex([[Self.one, Self.two], [Self.two, Self.one], [], [Self.two]])
        let resolver = HostResolver(
            lookUp: { _, _ in answers.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] } },
            sleep: { _ in await Task.yield() },
            publish: { published.add($1) }
        )
        let snapshot = ProxySnapshot(clusterSlots: [cluster()])
        await resolver.prepare(snapshot, atMost: .seconds(30))
        await resolver.follow(snapshot)
        let all = try await published.wait(for: 2)
        #expect(all == ["10.0.0.1:5432 10.0.0.2:5432", "10.0.0.2:5432"])
        await resolver.stop()
    }
}

extension EndpointAddress {
    fileprivate var text: String {
        switch self {
        case .socket(let value): "\(value)"
        case .name(let host, let port): "\(host):\(port)"
        case .pipe(let path): path
        }
    }
}
