import DiscoveryClient
import EnvoyAPI
import Logging
import ProxySnapshot
import Testing
import XDSProtocol

@Suite(.timeLimit(.minutes(5))) struct DiscoveryClientTests {
    /// A clock on which every sleep is over at once: reconnects come without waiting.
    struct ImpatientClock: Clock {
        var now: ContinuousClock.Instant { ContinuousClock.now }
        var minimumResolution: Duration { .zero }
        func sleep(until deadline: ContinuousClock.Instant, tolerance: Duration?) async throws {
            try Task.checkCancellation()
            await Task.yield()
        }
    }

    private func client(port: Int, zone: String? = nil) -> DiscoveryClient {
        var node = Envoy_Config_Core_V3_Node()
        node.id = "sidecar~10.0.0.1~web.shop~shop.svc.cluster.local"
        if let zone { node.locality.zone = zone }
        var configuration = DiscoveryClientConfiguration(host: "127.0.0.1", port: port, node: node)
        configuration.discoversItself = zone != nil
        return DiscoveryClient(
            configuration: configuration,
            clock: ImpatientClock(),
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        )
    }

    /// The next things the server hears, in any order of types but in order per type.
    private func hear(_ count: Int, _ iterator: inout AsyncStream<String>.Iterator) async -> Set<String> {
        var words: Set<String> = []
        for _ in 0..<count { words.insert(await iterator.next() ?? "end") }
        return words
    }

    @Test func aProxyThatIsToKnowItsLikeAsksForThemBeforeItServes() async throws {
        let plane = try FakeControlPlane([
            .cds: [edsCluster("a")],
            .eds: [endpoints("a", port: 1), endpoints("local_cluster", port: 2)],
        ])
        try await plane.run { port in
            let client = self.client(port: port, zone: "z")
            let running = Task { await client.run() }
            var snapshots = client.snapshots.makeAsyncIterator()
            let first = try #require(await snapshots.next())
            #expect(first.localCluster?.locality == Locality(zone: "z"))
            #expect(first.localCluster?.endpoints.endpoints.count == 1)
            #expect(first.clusters.map(\.name) == ["a"])
            running.cancel()
            await running.value
        }
    }

    @Test func followsWhatIsReferredToAndPublishes() async throws {
        let plane = try FakeControlPlane([
            .cds: [edsCluster("a"), edsCluster("b")],
            .eds: [endpoints("a", port: 1), endpoints("b", port: 2)],
        ])
        try await plane.run { port in
            let client = self.client(port: port)
            let running = Task { await client.run() }
            var heard = plane.heard.makeAsyncIterator()
            #expect(await heard.next() == "CDS node +*")
            #expect(await self.hear(4, &heard) == ["LDS +*", "CDS ack", "LDS ack", "EDS +a +b"])
            #expect(await heard.next() == "EDS ack")
            for await snapshot in client.snapshots where snapshot.clusters.count == 2 {
                #expect(snapshot.cluster(named: "a") != nil)
                break
            }
            #expect(client.status.isInitialized)
            #expect(client.status.state == .connected)
            #expect(client.status.rejections.isEmpty)
            running.cancel()
            await running.value
            #expect(client.status.state == .idle)
        }
    }

    @Test func takesResponsesLargerThanAGRPCMessageUsuallyIs() async throws {
        // A mesh of 10,000 routes; gRPC's default is 4 MiB.
        var cluster = Envoy_Config_Cluster_V3_Cluster()
        cluster.name = "large"
        cluster.type = .static
        cluster.altStatName = String(repeating: "x", count: 6 << 20)
        let plane = try FakeControlPlane([.cds: [packed("large", cluster)]])
        try await plane.run { port in
            let client = self.client(port: port)
            let running = Task { await client.run() }
            var snapshots = client.snapshots.makeAsyncIterator()
            let first = try #require(await snapshots.next())
            #expect(first.clusters.map(\.name) == ["large"])
            running.cancel()
            await running.value
        }
    }

    @Test func publishesNothingBeforeEverythingIsThere() async throws {
        let plane = try FakeControlPlane([
            .cds: [edsCluster("a"), edsCluster("b")], .eds: [endpoints("a", port: 1)],
        ])
        try await plane.run { port in
            let client = self.client(port: port)
            let first = Task { await client.snapshots.first { _ in true } }
            let running = Task { await client.run() }
            var heard = plane.heard.makeAsyncIterator()
            while await heard.next() != "EDS ack" {}
            #expect(!client.status.isInitialized)
            try await plane.change(.eds, to: [endpoints("a", port: 1), endpoints("b", port: 2)])
            #expect(await first.value?.clusters.count == 2)
            running.cancel()
            await running.value
        }
    }

    @Test func refusesByNameKeepsTheLastGoodAndHeals() async throws {
        let plane = try FakeControlPlane([.cds: [edsCluster("a")], .eds: [endpoints("a", port: 1)]])
        try await plane.run { port in
            let client = self.client(port: port)
            let running = Task { await client.run() }
            var heard = plane.heard.makeAsyncIterator()
            _ = await self.hear(6, &heard)
            try await plane.change(.cds, to: [garbage("a", version: "2"), edsCluster("c")])
            var nack = ""
            while !nack.contains("nack") { nack = await heard.next() ?? "nack: end" }
            #expect(nack.hasPrefix("CDS nack a: "), "\(nack)")
            #expect(client.status.rejections.map(\.name) == ["a"])
            #expect(client.status.rejectedResponses == 1)
            try await plane.change(.cds, to: [edsCluster("a", version: "3"), edsCluster("c")])
            while await heard.next() != "CDS ack" {}
            #expect(client.status.rejections.isEmpty)
            running.cancel()
            await running.value
        }
    }

    @Test func reconnectsWithTheVersionsItHolds() async throws {
        let plane = try FakeControlPlane([.cds: [edsCluster("a")], .eds: [endpoints("a", version: "7", port: 1)]])
        try await plane.run { port in
            let client = self.client(port: port)
            let running = Task { await client.run() }
            var heard = plane.heard.makeAsyncIterator()
            _ = await self.hear(6, &heard)
            await plane.drop()
            #expect(await self.hear(3, &heard) == ["CDS node +* a=1", "EDS +a a=7", "LDS +*"])
            try await plane.change(.eds, to: [endpoints("a", version: "8", port: 2)])
            while await heard.next() != "EDS ack" {}
            #expect(client.status.connects == 2)
            running.cancel()
            await running.value
        }
    }

    @Test func saysWhyThereIsNoConnection() async throws {
        // Port 9 (discard) of the loopback is closed on test machines.
        let client = client(port: 9)
        let running = Task { await client.run() }
        var state = client.status.state
        while true {
            if case .backingOff = state { break }
            await Task.yield()
            state = client.status.state
        }
        guard case .backingOff(let wait, let error) = state else { return }
        #expect(wait > .zero)
        #expect(!error.isEmpty)
        running.cancel()
        await running.value
    }
}
