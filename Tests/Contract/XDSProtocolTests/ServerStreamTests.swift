import Testing
import XDSProtocol

@Suite struct ServerStreamTests {
    private typealias DeltaStream = ServerStream<DeltaSubscription>

    private func ack(_ stream: inout DeltaStream, _ type: ResourceType) {
        let nonce = stream.status(of: type)?.sentNonce ?? ""
        #expect(stream.receive(delta(type, nonce: nonce))?.1.verdict == .acknowledged)
    }

    /// Writes everything that may be written; returns "CDS a=1 -b" lines in order.
    private func drain(_ stream: inout DeltaStream, _ world: [ResourceType: String]) -> [String] {
        var lines: [String] = []
        while let generation = stream.next() {
            let answer = stream.answer(generation, with: resources(world[generation.type] ?? ""))
            if answer != nil { lines.append("\(generation.type) \(words(answer))") }
        }
        return lines
    }

    private func opened(_ world: [ResourceType: String]) -> DeltaStream {
        var stream = DeltaStream()
        _ = stream.receive(delta(.rds, subscribe: ["r"]))
        _ = stream.receive(delta(.lds))
        _ = stream.receive(delta(.eds, subscribe: ["a", "b"]))
        _ = stream.receive(delta(.cds))
        _ = drain(&stream, world)
        for type in [ResourceType.cds, .eds, .lds, .rds] { ack(&stream, type) }
        // The first clusters owe their endpoints once more: they were asked for before the clusters came.
        _ = drain(&stream, world)
        if stream.status(of: .eds)?.isInFlight == true { ack(&stream, .eds) }
        return stream
    }

    @Test func writesInPushOrder() {
        var stream = DeltaStream()
        _ = stream.receive(delta(.rds, subscribe: ["r"]))
        _ = stream.receive(delta(.lds))
        _ = stream.receive(delta(.eds, subscribe: ["a"]))
        _ = stream.receive(delta(.cds))
        let lines = drain(&stream, [.cds: "a", .eds: "a", .lds: "l", .rds: "r"])
        #expect(lines == ["CDS a=1", "EDS a=1", "LDS l=1", "RDS r=1"])
    }

    @Test func removesClustersOnlyAfterRoutesMoved() {
        let before: [ResourceType: String] = [.cds: "a b", .eds: "a b", .lds: "l", .rds: "r=1"]
        let after: [ResourceType: String] = [.cds: "b c", .eds: "b c", .lds: "l", .rds: "r=2"]
        var stream = opened(before)
        stream.markChanged([.cds, .eds, .lds, .rds])
        #expect(drain(&stream, after) == ["CDS c=1"])
        ack(&stream, .cds)
        #expect(drain(&stream, after) == [], "the new cluster has no endpoints yet")
        _ = stream.receive(delta(.eds, subscribe: ["c"]))
        #expect(drain(&stream, after) == ["EDS c=1"])
        ack(&stream, .eds)
        #expect(drain(&stream, after) == ["RDS r=2"], "the routes may still name the old cluster")
        ack(&stream, .rds)
        #expect(drain(&stream, after) == ["CDS -a"])
        ack(&stream, .cds)
        #expect(drain(&stream, after) == ["EDS -a"])
    }

    @Test func routesFollowNewClustersThatHaveNoEndpointsWhenTold() {
        let before: [ResourceType: String] = [.cds: "a", .eds: "a", .lds: "l", .rds: "r=1"]
        let after: [ResourceType: String] = [.cds: "a dns", .eds: "a", .lds: "l", .rds: "r=2"]
        var stream = opened(before)
        stream.markChanged([.cds, .eds, .lds, .rds])
        #expect(drain(&stream, after) == ["CDS dns=1"])
        ack(&stream, .cds)
        #expect(drain(&stream, after) == [] && stream.holdsReferrers)
        stream.releaseReferrers(ofHold: stream.holds)
        #expect(drain(&stream, after) == ["RDS r=2"] && !stream.holdsReferrers)
    }

    @Test func theEndOfAnEarlierHoldDoesNotEndALaterOne() {
        let first: [ResourceType: String] = [.cds: "a dns", .eds: "a", .lds: "l", .rds: "r=2"]
        let second: [ResourceType: String] = [.cds: "a dns other", .eds: "a", .lds: "l", .rds: "r=3"]
        var stream = opened([.cds: "a", .eds: "a", .lds: "l", .rds: "r=1"])
        stream.markChanged([.cds, .rds])
        _ = drain(&stream, first)
        ack(&stream, .cds)
        let earlier = stream.holds
        stream.releaseReferrers(ofHold: earlier)
        #expect(drain(&stream, first) == ["RDS r=2"])
        ack(&stream, .rds)
        stream.markChanged([.cds, .rds])
        _ = drain(&stream, second)
        ack(&stream, .cds)
        stream.releaseReferrers(ofHold: earlier)
        #expect(drain(&stream, second) == [] && stream.holdsReferrers)
        stream.releaseReferrers(ofHold: stream.holds)
        #expect(drain(&stream, second) == ["RDS r=3"])
    }

    @Test func aRefusedRouteDoesNotHoldRemovalsForEver() {
        let before: [ResourceType: String] = [.cds: "a b", .eds: "a b", .lds: "l", .rds: "r=1"]
        let after: [ResourceType: String] = [.cds: "b", .eds: "b", .lds: "l", .rds: "r=2"]
        var stream = opened(before)
        stream.markChanged([.cds, .rds])
        #expect(drain(&stream, after) == ["RDS r=2"])
        let nonce = stream.status(of: .rds)?.sentNonce ?? ""
        _ = stream.receive(delta(.rds, nonce: nonce, error: "no"))
        #expect(drain(&stream, after).contains("CDS -a"))
    }

    @Test func aChangedClusterGetsItsEndpointsAgain() {
        let world: [ResourceType: String] = [.cds: "a b", .eds: "a b", .lds: "l", .rds: "r"]
        var stream = opened(world)
        stream.markChanged([.cds])
        var after = world
        after[.cds] = "a=2 b"
        #expect(drain(&stream, after) == ["CDS a=2", "EDS a=1"])
    }

    @Test func aChangedListenerGetsItsRoutesAgain() {
        let world: [ResourceType: String] = [.cds: "a", .eds: "a b", .lds: "l", .rds: "r"]
        var stream = opened(world)
        stream.markChanged([.lds])
        var after = world
        after[.lds] = "l=2"
        #expect(drain(&stream, after) == ["LDS l=2", "RDS r=1"])
    }

    @Test func nothingChangedMeansSilence() {
        let world: [ResourceType: String] = [.cds: "a", .eds: "a b", .lds: "l", .rds: "r"]
        var stream = opened(world)
        stream.markChanged([.cds, .eds, .lds, .rds, .sds])
        #expect(drain(&stream, world) == [])
        #expect(stream.next() == nil)
    }

    @Test func typesHaveTheirOwnNonces() {
        var stream = DeltaStream()
        _ = stream.receive(delta(.cds))
        _ = stream.receive(delta(.lds))
        _ = drain(&stream, [.cds: "a", .lds: "l"])
        let cds = stream.status(of: .cds)?.sentNonce ?? ""
        #expect(stream.receive(delta(.lds, nonce: cds))?.1.verdict == .stale)
        ack(&stream, .cds)
        ack(&stream, .lds)
    }

    @Test func boundsTheTypesAClientMayOpen() {
        var stream = DeltaStream(typeLimit: 2)
        #expect(stream.receive(delta(.cds)) != nil)
        #expect(stream.receive(delta(.init(typeURL: "x"))) != nil)
        #expect(stream.receive(delta(.init(typeURL: "y"))) == nil)
        #expect(stream.receive(delta(.cds)) != nil)
    }

    @Test func asksTheGeneratorForNamesOrEverything() {
        var stream = DeltaStream()
        _ = stream.receive(delta(.eds, subscribe: ["a", "b"]))
        #expect(stream.next() == .init(type: .eds, names: ["a", "b"], holdsRemovals: false))
        _ = stream.receive(delta(.cds))
        #expect(stream.next()?.names == nil)
    }

    @Test func unknownTypesAreAnsweredAsEmpty() {
        var stream = DeltaStream()
        let type = ResourceType(typeURL: "type.googleapis.com/example.Unknown")
        _ = stream.receive(delta(type, subscribe: ["*"]))
        #expect(drain(&stream, [:]) == ["Unknown nothing"])
    }
}
