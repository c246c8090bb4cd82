import CustomDump
import Foundation
import MeshTelemetry
import Testing

@Suite struct DecisionWordsTests {
    @Test(arguments: ResponseFlag.allCases) func everyFlagHasWordsOfItsOwn(flag: ResponseFlag) {
        #expect(!flag.words.isEmpty)
        #expect(ResponseFlag.allCases.filter { $0.words == flag.words } == [flag])
        #expect(flag.words.first?.isLowercase == true || flag.words.hasPrefix("x-"))
        #expect(!flag.words.hasSuffix("."))
    }

    @Test(arguments: UpstreamResetReason.allCases) func everyResetIsAnEnding(reason: UpstreamResetReason) {
        let ending = AttemptEnding(reason)
        #expect(AttemptEnding(rawValue: ending.rawValue) == ending)
        #expect(AttemptEnding.allCases.filter { $0.words == ending.words } == [ending])
    }

    @Test func onlyNoReasonToStopHasNoWords() {
        #expect(RetryStop.allCases.filter { $0.words == nil } == [.none])
    }

    @Test func pathsOfObjectsAreRead() {
        let path = ConfigObjectPath("/apis/networking.istio.io/v1/namespaces/default/destination-rule/reviews")
        #expect(path?.description == "DestinationRule default/reviews")
        #expect(path?.group == "networking.istio.io")
        for text in ["", "/", "reviews", "/apis/g/v1/namespaces//virtual-service/x", "/apis/g/v1/pods/d/k/x"] {
            #expect(ConfigObjectPath(text) == nil, "\(text)")
        }
    }

    @Test func theAnswersShapeIsTheContract() throws {
        var decision = RequestDecision()
        decision.requestID = "a"
        decision.cluster = RequestDecision.Cluster()
        decision.attempts = [.init(endpoint: "e", startedAfter: 0, milliseconds: 1, status: nil, outcome: "o")]
        let answer = RequestDecisions(proxy: "p", memory: .init(), decisions: [decision])
        let data = try JSONEncoder().encode(answer)
        let json = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        expectNoDifference(json.keys.sorted(), ["decisions", "memory", "proxy"])
        let first = try #require((json["decisions"] as? [[String: Any]])?.first)
        expectNoDifference(
            first.keys.sorted(),
            [
                "answer", "attempts", "cluster", "durations", "listener", "mirrors", "notes", "request", "requestID",
                "retries", "route", "time",
            ]
        )
        expectNoDifference(try JSONDecoder().decode(RequestDecisions.self, from: data), answer)
    }

    @Test func memoriesOfWorkersAddUp() {
        var sum = RequestDecisions.Memory()
        for (seconds, total) in [(nil, UInt64(0)), (3.5, 7), (1, 2)] as [(Double?, UInt64)] {
            var part = RequestDecisions.Memory()
            part.workers = 1
            part.total = total
            part.oldestSeconds = seconds
            sum.merge(part)
        }
        #expect(sum.workers == 3)
        #expect(sum.total == 9)
        #expect(sum.oldestSeconds == 3.5)
    }
}
