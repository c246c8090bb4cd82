import EnvoyAPI
import GRPCCore
import Logging
import MeshIdentity
import Testing
import XDSProtocol

@testable import DiscoveryServer

@Suite(.timeLimit(.minutes(5))) struct DiscoveryServerTests {
    private typealias Server = DiscoveryServer<FixtureSnapshot>

    private func server(
        _ world: [ResourceType: String],
        clock: some Clock<Duration> = ContinuousClock(),
        configure: (inout DiscoveryConfiguration) -> Void = { $0.debounceAfter = .zero }
    ) -> Server {
        var configuration = DiscoveryConfiguration()
        configure(&configuration)
        return Server(
            initial: FixtureSnapshot(version: 1, world),
            configuration: configuration,
            clock: clock,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        )
    }

    private func serve(_ client: FakeClient, on server: Server) async throws {
        try await server.serve(
            .delta,
            DeltaSubscription.self,
            requests: RPCAsyncSequence(wrapping: client.requests),
            writer: RPCWriter(wrapping: client.writer),
            peer: "test",
            node: { ClientNode($0.node) }
        )
    }

    @Test(arguments: [("near", RPCError.Code?.none), ("other", .permissionDenied)])
    func aClientIsServedOnlyAsItself(name: String, refusal: RPCError.Code?) async throws {
        let server = server([.cds: "a"])
        let client = FakeClient(name)
        let caller = SPIFFEIdentity(trustDomain: "t", namespace: "n", serviceAccount: "near")
        client.send(.cds)
        client.input.finish()
        var code: RPCError.Code?
        do {
            try await server.serve(
                .delta,
                DeltaSubscription.self,
                requests: RPCAsyncSequence(wrapping: client.requests),
                writer: RPCWriter(wrapping: client.writer),
                peer: "test",
                caller: caller,
                node: { ClientNode($0.node) }
            )
        } catch let error as RPCError {
            code = error.code
        }
        #expect(code == refusal)
    }

    @Test func pushesWhatChangedToWhomItConcerns() async throws {
        let server = server([.cds: "a b", .lds: "l"])
        let near = FakeClient("near")
        let scoped = FakeClient("scoped")
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await server.run() }
            for client in [near, scoped] {
                group.addTask { try await self.serve(client, on: server) }
                client.send(.cds)
            }
            var nearResponses = near.responses.makeAsyncIterator()
            var scopedResponses = scoped.responses.makeAsyncIterator()
            #expect(await near.next(&nearResponses) == "CDS a=1 b=1")
            #expect(await scoped.next(&scopedResponses) == "CDS a=1 b=1")
            await server.publish(FixtureSnapshot(version: 2, [.cds: "a=2 b"]), change: [.cds])
            #expect(await near.next(&nearResponses) == "CDS a=2")
            // The answer to this request comes after any push would have; there was none in between.
            scoped.send(.lds)
            #expect(await scoped.next(&scopedResponses) == "LDS ")
            await server.publish(FixtureSnapshot(version: 3, [.cds: "b"]), change: [.cds])
            #expect(await near.next(&nearResponses) == "CDS -a")
            near.input.finish()
            scoped.input.finish()
            try await group.next()
            try await group.next()
            await server.shutdown()
        }
        #expect(server.metrics.pushes(of: .cds) == 4)
    }

    @Test func oneBurstIsOnePush() async throws {
        let clock = ManualClock()
        let server = server([.cds: "a=0"], clock: clock) { $0.debounceAfter = .milliseconds(100) }
        let client = FakeClient("one")
        await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await server.run() }
            group.addTask { try await self.serve(client, on: server) }
            client.send(.cds)
            var responses = client.responses.makeAsyncIterator()
            #expect(await client.next(&responses) == "CDS a=0")
            for round in 1...50 {
                await server.publish(FixtureSnapshot(version: UInt64(round), [.cds: "a=\(round)"]), change: [.cds])
            }
            await clock.sleepers(1)
            clock.advance(by: .milliseconds(100))
            #expect(await client.next(&responses) == "CDS a=50")
            #expect(server.metrics.triggers == 1)
            await server.shutdown()
            client.input.finish()
        }
    }

    @Test func aClientThatDoesNotReadIsDisconnectedAndStallsNobody() async throws {
        let clock = ManualClock()
        let server = server([.cds: "a"], clock: clock) {
            $0.debounceAfter = .zero
            $0.pushConcurrency = 1
        }
        let slow = FakeClient("slow", blocked: true)
        let quick = FakeClient("quick")
        try await withThrowingTaskGroup(of: RPCError?.self) { group in
            group.addTask {
                await server.run()
                return nil
            }
            group.addTask {
                do { try await self.serve(slow, on: server) } catch { return error as? RPCError }
                return nil
            }
            slow.send(.cds)
            await clock.sleepers(1)
            let running = Task { try await self.serve(quick, on: server) }
            quick.send(.cds)
            var responses = quick.responses.makeAsyncIterator()
            #expect(await quick.next(&responses) == "CDS a=1")
            await server.publish(FixtureSnapshot(version: 2, [.cds: "a=2"]), change: [.cds])
            #expect(await quick.next(&responses) == "CDS a=2", "the slow client's write is still in progress")
            clock.advance(by: .seconds(5))
            let ended = try await group.next()
            #expect(ended??.code == .deadlineExceeded)
            #expect(await server.statuses().map(\.nodeID) == ["quick"])
            quick.input.finish()
            try await running.value
            await server.shutdown()
        }
    }

    @Test func keepsAndShowsTheReasonOfARefusal() async throws {
        let server = server([.cds: "a"])
        let client = FakeClient("sidecar~10.0.0.1~web.shop~shop.svc.cluster.local")
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await server.run() }
            group.addTask { try await self.serve(client, on: server) }
            client.send(.cds)
            var responses = client.responses.makeAsyncIterator()
            #expect(await client.next(&responses) == "CDS a=1")
            await server.publish(FixtureSnapshot(version: 2, [.cds: "a=2"]), change: [.cds])
            #expect(await client.next(&responses, refuse: "a: no good") == "CDS a=2")
            client.send(.lds)
            #expect(await client.next(&responses) == "LDS ")
            let refused = await server.client(proxyID: "web.shop")?.status.status(of: .cds)
            #expect(refused?.subscription.rejection?.reason == "a: no good")
            #expect(refused?.subscription.ackedNonce != refused?.subscription.sentNonce)
            #expect(refused?.times.rejected != nil)
            #expect(server.metrics.totalRejects == 1)
            await server.publish(FixtureSnapshot(version: 3, [.cds: "a=3"]), change: [.cds])
            #expect(await client.next(&responses) == "CDS a=3")
            client.send(.eds, subscribe: ["x"])
            #expect(await client.next(&responses) == "EDS -x")
            let healed = await server.client(proxyID: "web.shop")?.status.status(of: .cds)
            #expect(healed?.subscription.rejection == nil)
            client.input.finish()
            try await group.next()
            await server.shutdown()
        }
    }

    @Test func refusesAClientWithoutIdentity() async {
        let server = server([:])
        let client = FakeClient("")
        client.send(.cds)
        await #expect(throws: RPCError(code: .invalidArgument, message: "the node has no id")) {
            try await serve(client, on: server)
        }
    }

    @Test func shutdownEndsEveryStream() async throws {
        let server = server([.cds: "a"])
        let client = FakeClient("one")
        let stream = Task { try await self.serve(client, on: server) }
        client.send(.cds)
        var responses = client.responses.makeAsyncIterator()
        #expect(await client.next(&responses) == "CDS a=1")
        await server.shutdown()
        let error = await #expect(throws: RPCError.self) { try await stream.value }
        #expect(error?.code == .unavailable)
        await #expect(throws: RPCError.self) { try await serve(FakeClient("two"), on: server) }
    }

    @Test func disconnectsOnRequest() async throws {
        let server = server([.cds: "a"])
        let client = FakeClient("sidecar~10.0.0.1~web.shop~shop.svc.cluster.local")
        let stream = Task { try await self.serve(client, on: server) }
        client.send(.cds)
        var responses = client.responses.makeAsyncIterator()
        _ = await client.next(&responses)
        #expect(await server.disconnect(proxyID: "web.shop") == 1)
        await #expect(throws: RPCError.self) { try await stream.value }
        #expect(await server.disconnect(proxyID: "web.shop") == 0)
    }
}
