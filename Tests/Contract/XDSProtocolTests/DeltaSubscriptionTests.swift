import EnvoyAPI
import Testing
import XDSProtocol

@Suite struct DeltaSubscriptionTests {
    /// One step of a conversation: an event, then what is sent with the resources that exist.
    enum Step: Sendable {
        case asks(Delta, RequestOutcome.Verdict)
        case changes
        case forces(Set<String>)
        /// Resources that exist now, expected words.
        case sends(String, String)
        case holds(String, String)
        /// ACK of the last response.
        case acks
        /// NACK of the last response.
        case nacks(String)
    }

    struct Conversation: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var type: ResourceType
        var steps: [Step]
    }

    static let conversations: [Conversation] = [
        .init(
            testDescription: "an empty first request for clusters means everything",
            type: .cds,
            steps: [.asks(delta(.cds), .none), .sends("a=1 b=1", "a=1 b=1")]
        ),
        .init(
            testDescription: "the star means everything, of any type",
            type: .eds,
            steps: [.asks(delta(.eds, subscribe: ["*"]), .none), .sends("a=1 b=1", "a=1 b=1")]
        ),
        .init(
            testDescription: "an empty first request for endpoints means nothing",
            type: .eds,
            steps: [.asks(delta(.eds), .none), .changes, .sends("a=1", "silence")]
        ),
        .init(
            testDescription: "a first wildcard request is answered even when nothing exists",
            type: .lds,
            steps: [.asks(delta(.lds), .none), .sends("", "nothing")]
        ),
        .init(
            testDescription: "only what changed is sent, and what went away is named",
            type: .cds,
            steps: [
                .asks(delta(.cds), .none), .sends("a=1 b=1 c=1", "a=1 b=1 c=1"), .acks,
                .changes, .sends("a=1 b=2 d=1", "b=2 d=1 -c"), .acks,
                .changes, .sends("a=1 b=2 d=1", "silence"),
            ]
        ),
        .init(
            testDescription: "changes during flight merge into one response",
            type: .cds,
            steps: [
                .asks(delta(.cds), .none), .sends("a=1", "a=1"), .changes, .holds("a=2", "not ready"),
                .changes, .acks, .sends("a=3", "a=3"),
            ]
        ),
        .init(
            testDescription: "a refused version is not sent again until the content changes",
            type: .cds,
            steps: [
                .asks(delta(.cds), .none), .sends("a=1", "a=1"), .acks, .changes, .sends("a=2", "a=2"),
                .nacks("a: bad"), .changes, .sends("a=2", "silence"), .changes, .sends("a=3", "a=3"), .acks,
            ]
        ),
        .init(
            testDescription: "a stale nonce says nothing, but its subscription counts",
            type: .eds,
            steps: [
                .asks(delta(.eds, subscribe: ["a"]), .none), .sends("a=1", "a=1"),
                .asks(delta(.eds, subscribe: ["b"], nonce: "stale"), .stale), .holds("b=1", "not ready"),
                .acks, .sends("a=1 b=1", "b=1"),
            ]
        ),
        .init(
            testDescription: "a refusal with a new name still subscribes the name",
            type: .eds,
            steps: [
                .asks(delta(.eds, subscribe: ["a"]), .none), .sends("a=1", "a=1"), .nacks("a: bad"),
                .asks(delta(.eds, subscribe: ["b"]), .none), .sends("a=1 b=1", "b=1"),
            ]
        ),
        .init(
            testDescription: "a name asked for again is answered again",
            type: .eds,
            steps: [
                .asks(delta(.eds, subscribe: ["a", "b"]), .none), .sends("a=1 b=1", "a=1 b=1"), .acks,
                .asks(delta(.eds, subscribe: ["a"]), .none), .sends("a=1 b=1", "a=1"),
            ]
        ),
        .init(
            testDescription: "a name that does not exist is named as removed once",
            type: .eds,
            steps: [
                .asks(delta(.eds, subscribe: ["a"]), .none), .sends("", "-a"), .acks,
                .changes, .sends("", "silence"), .changes, .sends("a=1", "a=1"), .acks,
                .changes, .sends("", "-a"), .acks,
                .asks(delta(.eds, subscribe: ["a"]), .none), .sends("", "-a"),
            ]
        ),
        .init(
            testDescription: "names left are forgotten, and sent in full when asked for anew",
            type: .rds,
            steps: [
                .asks(delta(.rds, subscribe: ["a", "b"]), .none), .sends("a=1 b=1", "a=1 b=1"), .acks,
                .asks(delta(.rds, unsubscribe: ["a"]), .none), .changes, .sends("b=1", "silence"),
                .asks(delta(.rds, subscribe: ["a"]), .none), .sends("a=1 b=1", "a=1"),
            ]
        ),
        .init(
            testDescription: "under the wildcard, leaving a single name is answered with the resource",
            type: .cds,
            steps: [
                .asks(delta(.cds, subscribe: ["*", "a"]), .none), .sends("a=1 b=1", "a=1 b=1"), .acks,
                .asks(delta(.cds, unsubscribe: ["a"]), .none), .sends("a=1 b=1", "a=1"),
            ]
        ),
        .init(
            testDescription: "under the wildcard, leaving a name that is gone is answered with its removal",
            type: .cds,
            steps: [
                .asks(delta(.cds, subscribe: ["*", "a"]), .none), .sends("b=1", "b=1 -a"), .acks,
                .asks(delta(.cds, unsubscribe: ["a"]), .none), .sends("b=1", "-a"),
            ]
        ),
        .init(
            testDescription: "leaving the legacy wildcard keeps the single names",
            type: .cds,
            steps: [
                .asks(delta(.cds), .none), .sends("a=1 b=1", "a=1 b=1"), .acks,
                .asks(delta(.cds, subscribe: ["a"]), .none), .sends("a=1 b=1", "a=1"), .acks,
                .asks(delta(.cds, unsubscribe: ["*"]), .none), .changes, .sends("a=2", "a=2"), .acks,
            ]
        ),
        .init(
            testDescription: "after a reconnect nothing known is sent, and removals are told",
            type: .cds,
            steps: [
                .asks(delta(.cds, initial: ["a": "1", "b": "1"]), .none), .sends("a=1 b=1", "silence"),
                .changes, .sends("a=1 b=2", "b=2"),
            ]
        ),
        .init(
            testDescription: "what changed or went away while disconnected is sent on reconnect",
            type: .eds,
            steps: [
                .asks(
                    delta(.eds, subscribe: ["a", "b", "c", "d"], initial: ["a": "1", "b": "1", "c": "1"]),
                    .none
                ),
                .sends("a=1 b=2 d=1", "b=2 d=1 -c"),
            ]
        ),
        .init(
            testDescription: "a first request may carry the nonce of an earlier stream",
            type: .cds,
            steps: [.asks(delta(.cds, nonce: "old"), .none), .sends("a=1", "a=1")]
        ),
        .init(
            testDescription: "a warming parent gets its child even if unchanged",
            type: .eds,
            steps: [
                .asks(delta(.eds, subscribe: ["a", "b"]), .none), .sends("a=1 b=1", "a=1 b=1"), .acks,
                .forces(["a", "other"]), .sends("a=1 b=1", "a=1"), .acks,
            ]
        ),
    ]

    @Test(arguments: conversations)
    func speaksTheProtocol(_ conversation: Conversation) throws {
        var subscription = DeltaSubscription(type: conversation.type)
        var counter = 0
        for (index, step) in conversation.steps.enumerated() {
            switch step {
            case .asks(let request, let verdict):
                #expect(subscription.receive(request).verdict == verdict, "step \(index)")
            case .changes:
                subscription.markChanged()
            case .forces(let names):
                subscription.force(names)
            case .holds(let existing, _):
                #expect(!subscription.isReady, "step \(index) with \(existing)")
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
                if answer != nil { #expect(answer?.response.nonce == "n\(counter)") }
            case .acks:
                let nonce = subscription.status.sentNonce
                let outcome = subscription.receive(delta(conversation.type, nonce: nonce))
                #expect(outcome == RequestOutcome(.acknowledged, asks: false), "step \(index)")
                #expect(subscription.status.ackedNonce == nonce)
                #expect(subscription.status.rejection == nil)
            case .nacks(let reason):
                let nonce = subscription.status.sentNonce
                let outcome = subscription.receive(delta(conversation.type, nonce: nonce, error: reason))
                let version = subscription.status.sentVersion
                let rejection = ResponseRejection(nonce: nonce, version: version, code: 3, reason: reason)
                #expect(outcome == RequestOutcome(.rejected(rejection), asks: false), "step \(index)")
                #expect(subscription.status.rejection == rejection)
            }
        }
    }

    @Test func keepsTheAcceptedVersionWhenOneIsRefused() {
        var subscription = DeltaSubscription(type: .cds)
        _ = subscription.receive(delta(.cds))
        _ = subscription.answer(with: resources("a=1"), nonce: "1", holdingRemovals: false)
        #expect(subscription.acceptedVersion(of: "a") == nil)
        _ = subscription.receive(delta(.cds, nonce: "1"))
        subscription.markChanged()
        _ = subscription.answer(with: resources("a=2"), nonce: "2", holdingRemovals: false)
        _ = subscription.receive(delta(.cds, nonce: "2", error: "no"))
        #expect(subscription.acceptedVersion(of: "a") == "1")
        #expect(subscription.status.ackedNonce == "1")
        #expect(subscription.status.sentNonce == "2")
    }

    @Test func heldRemovalsGoLater() {
        var subscription = DeltaSubscription(type: .cds)
        _ = subscription.receive(delta(.cds))
        _ = subscription.answer(with: resources("a b"), nonce: "1", holdingRemovals: false)
        _ = subscription.receive(delta(.cds, nonce: "1"))
        subscription.markChanged()
        let first = subscription.answer(with: resources("b c"), nonce: "2", holdingRemovals: true)
        #expect(words(first) == "c=1")
        _ = subscription.receive(delta(.cds, nonce: "2"))
        #expect(subscription.due.isRemovalsOnly)
        let second = subscription.answer(with: resources("b c"), nonce: "3", holdingRemovals: false)
        #expect(words(second) == "-a")
        #expect(subscription.due.isEmpty)
    }

    @Test func cutsEndlessReasons() {
        let rejection = ResponseRejection(
            nonce: "",
            version: "",
            code: 3,
            reason: String(repeating: "x", count: 1_000_000)
        )
        #expect(rejection.reason.count == ResponseRejection.longestReason)
    }
}
