import EnvoyAPI
import Testing
import XDSProtocol

@Suite struct DeltaClientStreamTests {
    private typealias Response = Envoy_Service_Discovery_V3_DeltaDiscoveryResponse

    private func response(_ type: ResourceType, _ words: String, removed: [String] = [], nonce: String) -> Response {
        var response = Response()
        response.typeURL = type.typeURL
        response.nonce = nonce
        response.removedResources = removed
        response.resources = resources(words).map { resource in
            var envelope = Envoy_Service_Discovery_V3_Resource()
            envelope.name = resource.name
            envelope.version = resource.version
            envelope.resource = resource.body
            return envelope
        }
        return response
    }

    private func node() -> Envoy_Config_Core_V3_Node {
        var node = Envoy_Config_Core_V3_Node()
        node.id = "sidecar~10.0.0.1~a.b~b.svc.cluster.local"
        return node
    }

    @Test func opensInPushOrderWithTheNodeFirst() {
        var client = DeltaClientStream()
        #expect(client.want(.lds, names: nil) == nil, "no stream yet")
        #expect(client.want(.cds, names: nil) == nil)
        let requests = client.open(node: node())
        #expect(requests.map { ResourceType(typeURL: $0.typeURL) } == [.cds, .lds])
        #expect(requests.map(\.resourceNamesSubscribe) == [["*"], ["*"]])
        #expect(requests.map(\.hasNode) == [true, false])
        let rds = client.want(.rds, names: ["80", "90"])
        #expect(rds?.resourceNamesSubscribe == ["80", "90"])
        #expect(rds?.hasNode == false)
    }

    @Test func saysOnlyWhatChangesInWhatItWants() {
        var client = DeltaClientStream()
        _ = client.open(node: node())
        _ = client.want(.eds, names: ["a", "b"])
        let request = client.want(.eds, names: ["b", "c"])
        #expect(request?.resourceNamesSubscribe == ["c"])
        #expect(request?.resourceNamesUnsubscribe == ["a"])
        #expect(client.want(.eds, names: ["c", "b"]) == nil)
    }

    @Test func acknowledges() {
        var client = DeltaClientStream()
        _ = client.want(.cds, names: nil)
        _ = client.open(node: node())
        let ack = client.conclude(response(.cds, "a=1 b=1", nonce: "7"), rejecting: [])
        #expect(ack.responseNonce == "7")
        #expect(!ack.hasErrorDetail)
        #expect(client.versions(of: .cds) == ["a": "1", "b": "1"])
        _ = client.conclude(response(.cds, "", removed: ["a"], nonce: "8"), rejecting: [])
        #expect(client.versions(of: .cds) == ["b": "1"])
    }

    @Test func refusesByNameAndKeepsTheVersionInUse() {
        var client = DeltaClientStream()
        _ = client.want(.cds, names: nil)
        _ = client.open(node: node())
        _ = client.conclude(response(.cds, "a=1 b=1", nonce: "1"), rejecting: [])
        let nack = client.conclude(
            response(.cds, "a=2 b=2", nonce: "2"),
            rejecting: [.init(name: "a", reason: "lb_policy: unknown")]
        )
        #expect(nack.responseNonce == "2")
        #expect(nack.errorDetail.code == 3)
        #expect(nack.errorDetail.message == "a: lb_policy: unknown")
        #expect(client.versions(of: .cds) == ["a": "1", "b": "2"])
    }

    @Test func reconnectsWithWhatItHolds() {
        var client = DeltaClientStream()
        _ = client.want(.cds, names: nil)
        _ = client.want(.eds, names: ["a"])
        _ = client.open(node: node())
        _ = client.conclude(response(.cds, "a=1", nonce: "1"), rejecting: [])
        _ = client.conclude(response(.eds, "a=5", nonce: "2"), rejecting: [])
        client.close()
        #expect(client.want(.eds, names: ["a", "b"]) == nil)
        let requests = client.open(node: node())
        #expect(requests.map(\.initialResourceVersions) == [["a": "1"], ["a": "5"]])
        #expect(requests.map(\.resourceNamesSubscribe) == [["*"], ["a", "b"]])
        #expect(requests.map(\.responseNonce) == ["", ""])
    }

    @Test func doesNotHoldWhatItNeverAskedFor() {
        var client = DeltaClientStream()
        _ = client.want(.eds, names: ["a"])
        _ = client.open(node: node())
        _ = client.conclude(response(.eds, "a=1 z=1", nonce: "1"), rejecting: [])
        #expect(client.versions(of: .eds) == ["a": "1"])
    }

    @Test func forgetsTheVersionsOfWhatItLeaves() {
        var client = DeltaClientStream()
        _ = client.want(.eds, names: ["a"])
        _ = client.open(node: node())
        _ = client.conclude(response(.eds, "a=1", nonce: "1"), rejecting: [])
        _ = client.want(.eds, names: [])
        #expect(client.versions(of: .eds) == [:])
    }

    /// Both machines against each other, over a reconnect with one change.
    @Test func understandsTheServerMachine() {
        var client = DeltaClientStream()
        _ = client.want(.cds, names: nil)
        var world = "a=1 b=1"
        var exchanged: [String] = []
        for round in 0..<2 {
            var server = ServerStream<DeltaSubscription>()
            for request in client.open(node: node()) { _ = server.receive(request) }
            while let generation = server.next() {
                guard let answer = server.answer(generation, with: resources(world)) else { continue }
                exchanged.append("\(round) \(words(answer))")
                _ = server.receive(client.conclude(answer.response, rejecting: []))
            }
            client.close()
            world = "a=1 b=2"
        }
        #expect(exchanged == ["0 a=1 b=1", "1 b=2"])
        #expect(client.versions(of: .cds) == ["a": "1", "b": "2"])
    }
}
