import Testing
import XDSProtocol

@Suite struct StateOfTheWorldSubscriptionTests {
    enum Step: Sendable {
        case asks(SotW, RequestOutcome.Verdict)
        case changes
        case forces(Set<String>)
        case sends(String, String)
        case waits
        /// ACK with these names; nil repeats none.
        case acks([String])
        case nacks([String], String)
        /// The same request again, after the ACK.
        case repeats([String])
    }

    struct Conversation: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var type: ResourceType
        var steps: [Step]
    }

    static let conversations: [Conversation] = [
        .init(
            testDescription: "an empty first request for listeners means everything",
            type: .lds,
            steps: [.asks(sotw(.lds), .none), .sends("a b", "a b"), .acks([])]
        ),
        .init(
            testDescription: "the star means everything",
            type: .cds,
            steps: [.asks(sotw(.cds, names: ["*"]), .none), .sends("a b", "a b"), .acks(["*"])]
        ),
        .init(
            testDescription: "a first wildcard request is answered even when nothing exists",
            type: .cds,
            steps: [.asks(sotw(.cds), .none), .sends("", "nothing")]
        ),
        .init(
            testDescription: "listeners and clusters always go in full; absence removes",
            type: .cds,
            steps: [
                .asks(sotw(.cds), .none), .sends("a b c", "a b c"), .acks([]),
                .changes, .sends("a b=2", "a b=2"), .acks([]), .changes, .sends("a b=2", "silence"),
            ]
        ),
        .init(
            testDescription: "an empty list after names means nothing any more",
            type: .cds,
            steps: [
                .asks(sotw(.cds, names: ["a"]), .none), .sends("a b", "a"), .acks([]),
                .changes, .sends("a=2", "silence"),
            ]
        ),
        .init(
            testDescription: "an empty list after the explicit star means nothing any more",
            type: .lds,
            steps: [
                .asks(sotw(.lds, names: ["*"]), .none), .sends("a", "a"), .acks([]), .changes, .sends("a=2", "silence"),
            ]
        ),
        .init(
            testDescription: "a name beside the star keeps the wildcard; without the star it ends it",
            type: .cds,
            steps: [
                .asks(sotw(.cds), .none), .sends("a b", "a b"), .acks(["*", "a"]), .sends("a b", "a b"),
                .acks(["a"]), .changes, .sends("a=2 b", "a=2"),
            ]
        ),
        .init(
            testDescription: "endpoints: only what changed goes",
            type: .eds,
            steps: [
                .asks(sotw(.eds, names: ["a", "b"]), .none), .sends("a b", "a b"), .acks(["a", "b"]),
                .changes, .sends("a b=2", "b=2"), .acks(["a", "b"]),
            ]
        ),
        .init(
            testDescription: "endpoints: a new name is answered alone",
            type: .eds,
            steps: [
                .asks(sotw(.eds, names: ["a"]), .none), .sends("a b", "a"), .acks(["a", "b"]), .sends("a b", "b"),
            ]
        ),
        .init(
            testDescription: "endpoints: fewer names need no answer; the name anew does",
            type: .eds,
            steps: [
                .asks(sotw(.eds, names: ["a", "b"]), .none), .sends("a b", "a b"), .acks(["a"]),
                .changes, .sends("a", "silence"), .repeats(["a", "b"]), .sends("a b", "b"),
            ]
        ),
        .init(
            testDescription: "routes: the same request again after the ACK is answered (warming)",
            type: .rds,
            steps: [
                .asks(sotw(.rds, names: ["80"]), .none), .sends("80", "80"), .acks(["80"]),
                .repeats(["80"]), .sends("80", "80"), .acks(["80"]), .waits,
            ]
        ),
        .init(
            testDescription: "clusters: the same request again is no question",
            type: .cds,
            steps: [.asks(sotw(.cds), .none), .sends("a", "a"), .acks([]), .repeats([]), .waits]
        ),
        .init(
            testDescription: "an empty first request for routes means nothing",
            type: .rds,
            steps: [.asks(sotw(.rds), .none), .changes, .waits]
        ),
        .init(
            testDescription: "a stale nonce is ignored, names and all",
            type: .eds,
            steps: [
                .asks(sotw(.eds, names: ["a"]), .none), .sends("a b", "a"),
                .asks(sotw(.eds, names: ["a", "b"], nonce: "stale"), .stale), .acks(["a"]), .waits,
            ]
        ),
        .init(
            testDescription: "changes during flight merge into one response",
            type: .cds,
            steps: [
                .asks(sotw(.cds), .none), .sends("a", "a"), .changes, .waits, .changes, .acks([]), .sends("a=3", "a=3"),
            ]
        ),
        .init(
            testDescription: "a refused set is not sent again until the content changes",
            type: .cds,
            steps: [
                .asks(sotw(.cds), .none), .sends("a", "a"), .acks([]), .changes, .sends("a=2", "a=2"),
                .nacks([], "a: bad"), .changes, .sends("a=2", "silence"), .changes, .sends("a=3", "a=3"), .acks([]),
            ]
        ),
        .init(
            testDescription: "a refusal with a new name subscribes it",
            type: .eds,
            steps: [
                .asks(sotw(.eds, names: ["a"]), .none), .sends("a b", "a"), .nacks(["a", "b"], "bad"),
                .sends("a b", "b"),
            ]
        ),
        .init(
            testDescription: "endpoints forced by a warming cluster",
            type: .eds,
            steps: [
                .asks(sotw(.eds, names: ["a", "b"]), .none), .sends("a b", "a b"), .acks(["a", "b"]),
                .forces(["b", "c"]), .sends("a b", "b"),
            ]
        ),
        .init(
            testDescription: "a name that does not exist is met with silence",
            type: .eds,
            steps: [
                .asks(sotw(.eds, names: ["a"]), .none), .sends("", "silence"), .changes, .sends("a", "a"),
            ]
        ),
        .init(
            testDescription: "a request before the first answer, with more names, is one more question",
            type: .eds,
            steps: [
                .asks(sotw(.eds, names: ["a"]), .none), .asks(sotw(.eds, names: ["a", "b"]), .none),
                .sends("a b", "a b"),
            ]
        ),
    ]

    @Test(arguments: conversations)
    func speaksTheProtocol(_ conversation: Conversation) {
        var subscription = StateOfTheWorldSubscription(type: conversation.type)
        var counter = 0
        for (index, step) in conversation.steps.enumerated() {
            let last = subscription.status
            switch step {
            case .asks(let request, let verdict):
                #expect(subscription.receive(request).verdict == verdict, "step \(index)")
            case .changes:
                subscription.markChanged()
            case .forces(let names):
                subscription.force(names)
            case .waits:
                #expect(!subscription.isReady, "step \(index)")
            case .sends(let existing, let expected):
                guard subscription.isReady else {
                    #expect(expected == "silence", "step \(index): not ready")
                    continue
                }
                counter += 1
                let answer = subscription.answer(
                    with: resources(existing),
                    nonce: "n\(counter)",
                    holdingRemovals: false
                )
                #expect(words(answer) == expected, "step \(index)")
            case .acks(let names):
                let ack = sotw(conversation.type, names: names, version: last.sentVersion, nonce: last.sentNonce)
                #expect(subscription.receive(ack).verdict == .acknowledged, "step \(index)")
                #expect(subscription.status.ackedVersion == last.sentVersion)
                #expect(subscription.status.rejection == nil)
            case .nacks(let names, let reason):
                let nack = sotw(conversation.type, names: names, nonce: last.sentNonce, error: reason)
                let rejection = ResponseRejection(
                    nonce: last.sentNonce,
                    version: last.sentVersion,
                    code: 3,
                    reason: reason
                )
                #expect(subscription.receive(nack).verdict == .rejected(rejection), "step \(index)")
                #expect(subscription.status.rejection == rejection)
                #expect(subscription.status.ackedVersion == last.ackedVersion)
            case .repeats(let names):
                let again = sotw(conversation.type, names: names, version: last.sentVersion, nonce: last.sentNonce)
                #expect(subscription.receive(again).verdict == .none, "step \(index)")
            }
        }
    }

    @Test func anUnchangedFullSetIsNotSentAgainAfterAReconnect() {
        let version = SetVersion(resources("a b")).description
        var same = StateOfTheWorldSubscription(type: .cds)
        _ = same.receive(sotw(.cds, version: version))
        #expect(same.isReady)
        #expect(words(same.answer(with: resources("b a"), nonce: "1", holdingRemovals: false)) == "silence")
        same.markChanged()
        #expect(words(same.answer(with: resources("b a=2"), nonce: "1", holdingRemovals: false)) == "b a=2")

        var different = StateOfTheWorldSubscription(type: .cds)
        _ = different.receive(sotw(.cds, version: version))
        #expect(words(different.answer(with: resources("b"), nonce: "1", holdingRemovals: false)) == "b")
    }

    @Test func partialTypesAreAlwaysAnsweredAfterAReconnect() {
        let version = SetVersion(resources("a")).description
        var subscription = StateOfTheWorldSubscription(type: .eds)
        _ = subscription.receive(sotw(.eds, names: ["a"], version: version))
        #expect(words(subscription.answer(with: resources("a"), nonce: "1", holdingRemovals: false)) == "a")
    }

    @Test func theSetVersionNamesTheContent() {
        #expect(SetVersion(resources("a=1 b=2")) == SetVersion(resources("b=2 a=1")))
        #expect(SetVersion(resources("a=1 b=2")) != SetVersion(resources("a=2 b=1")))
        #expect(SetVersion(resources("a=1")) != SetVersion())
        #expect(SetVersion().description == "0000000000000000")
        var version = SetVersion(resources("a=1 b=2"))
        version.remove(name: "a", version: "1")
        #expect(version == SetVersion(resources("b=2")))
    }
}
