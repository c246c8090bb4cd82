import CustomDump
import Foundation
import KubernetesAPI
import KubernetesClient
import MeshTelemetry
import Testing

@testable import MartletCommands

/// What `martlet explain` makes of proxies' answers.
@Suite struct ExplainReportTests {
    private static let route = "/apis/networking.istio.io/v1/namespaces/default/virtual-service/reviews"

    private func decision(_ id: String = "a", time: String, listener: String = "0.0.0.0_9080") -> RequestDecision {
        var decision = RequestDecision()
        decision.requestID = id
        decision.time = time
        decision.request.method = "GET"
        decision.request.path = "/reviews/0"
        decision.request.authority = "reviews:9080"
        decision.request.protocol = "HTTP/1.1"
        decision.request.caller = "10.0.0.1:5000"
        decision.request.destination = "10.96.0.1:9080"
        decision.listener.name = listener
        decision.answer.status = 200
        return decision
    }

    private func answer(_ pod: String, _ decisions: [RequestDecision], router: Bool = false) -> ProxyAnswer {
        let node = "\(router ? "router" : "sidecar")~10.0.0.9~\(pod)~default.svc.cluster.local"
        return ProxyAnswer(
            proxy: pod,
            outcome: .decisions(RequestDecisions(proxy: node, memory: .init(), decisions: decisions))
        )
    }

    @Test func hopsAreInTheOrderOfTime() {
        let report = ExplainReport(
            requestID: "a",
            [
                answer("reviews.default", [decision(time: "2026-11-21T05:00:00.003000Z", listener: "virtualInbound")]),
                answer("gateway.edge", [decision(time: "2026-11-21T05:00:00.001000Z")], router: true),
                answer("product.default", [decision(time: "2026-11-21T05:00:00.002000Z")]),
            ]
        )
        expectNoDifference(report.hops.map(\.proxy), ["gateway.edge", "product.default", "reviews.default"])
        expectNoDifference(report.hops.map(\.direction), [.gateway, .outbound, .inbound])
        #expect(report.text.contains("3  reviews.default  inbound  2026-11-21T05:00:00.003000Z  +2.0 ms\n"))
    }

    @Test func theIdThatAGatewayMadeIsFollowed() {
        var first = decision("made", time: "2026-11-21T05:00:00.001000Z")
        first.receivedRequestID = "asked"
        var report = ExplainReport(requestID: "asked", [answer("gateway.edge", [first], router: true)])
        #expect(report.otherIDs == ["made"])
        let second = decision("made", time: "2026-11-21T05:00:00.002000Z")
        report.merge(
            ExplainReport(
                requestID: "made",
                [answer("gateway.edge", [first], router: true), answer("p.default", [second])]
            )
        )
        #expect(report.hops.map(\.proxy) == ["gateway.edge", "p.default"])
        #expect(report.text.hasPrefix("A gateway gave the request an id of its own: made\n"))
    }

    @Test func proxiesThatCannotTellAreNamed() {
        let report = ExplainReport(
            requestID: "a",
            [
                ProxyAnswer(proxy: "x.default", outcome: .envoy), ProxyAnswer(proxy: "y.default", outcome: .envoy),
                ProxyAnswer(proxy: "z.default", outcome: .failed("no such container")),
            ]
        )
        expectNoDifference(
            report.problems,
            ["z.default: no such container", "x.default, y.default: \(RequestDecisions.envoyRemembersNone)"]
        )
    }

    @Test func aHopIsToldInFull() throws {
        var decision = decision(time: "2026-11-21T05:00:00.001000Z")
        decision.route.table = "9080"
        decision.route.virtualHost = "reviews:9080"
        decision.route.name = "canary"
        decision.route.action = "forward"
        decision.route.config = Self.route
        decision.route.object = "VirtualService default/reviews"
        decision.route.rule = "http[1]"
        var passed = RequestDecision.PassedOver(position: 0, name: "testers", reason: "header end-user is absent")
        passed.config = Self.route
        passed.object = "VirtualService default/reviews"
        passed.rule = "http[0]"
        decision.route.passedOver = [passed]
        var cluster = RequestDecision.Cluster()
        cluster.name = "outbound|9080|v2|reviews"
        cluster.subset = "v2"
        cluster.drawn = 85
        cluster.split = [
            .init(cluster: "v1", weight: 80, isChosen: false), .init(cluster: "v2", weight: 20, isChosen: true),
            .init(cluster: "v3", weight: 0, isChosen: false),
        ]
        cluster.balancing = "LEAST_REQUEST"
        cluster.ejectedEndpoints = 1
        decision.cluster = cluster
        decision.attempts = [
            .init(endpoint: "10.0.0.2:9080", startedAfter: 0, milliseconds: 1.5, status: nil, outcome: "refused"),
            .init(endpoint: "10.0.0.3:9080", startedAfter: 2, milliseconds: 3, status: 200, outcome: "response"),
        ]
        decision.retries = .init()
        decision.retries.done = 1
        decision.retries.allowed = 2
        decision.fault = .init(delay: 7000, abort: nil)
        decision.mirrors = ["outbound|9080|v3|reviews"]
        decision.timeout = .init(milliseconds: 2000, fired: false)
        decision.answer.bytes = 17
        decision.answer.flags = [.init(name: "DI", words: "a fault delayed the request: 7000 ms")]
        decision.answer.details = "via_upstream"
        decision.durations.total = 9
        decision.durations.response = 8.5
        decision.notes = ["a note"]
        var report = ExplainReport(requestID: "a", [answer("product.default", [decision])])
        report.name(["10.0.0.1": "product.default", "10.0.0.3": "reviews-v2.default"])
        report.hops[0].objects = [
            Self.route: .init(resourceVersion: "17", locations: ["http[1]": "r.yaml:12:5", "": "r.yaml:1:1"])
        ]
        expectNoDifference(
            report.hops[0].text,
            """
               request       GET /reviews/0  HTTP/1.1  Host: reviews:9080
               caller        10.0.0.1:5000 (product.default) to 10.96.0.1:9080
               listener      0.0.0.0_9080
               route         canary (VirtualService default/reviews spec.http[1], resourceVersion 17 now, at r.yaml:12:5), \
            virtual host reviews:9080 of table 9080
               not matched   testers (VirtualService default/reviews spec.http[0], resourceVersion 17 now, at r.yaml:1:1): \
            header end-user is absent
               cluster       outbound|9080|v2|reviews
               subset        v2
               split         85 was drawn; 0 to 79: v1; 80 to 99: v2 (chosen); never: v3
               balancing     LEAST_REQUEST, 1 ejected
               attempt 1     10.0.0.2:9080: refused after 1.5 ms
               attempt 2     10.0.0.3:9080 (reviews-v2.default): response 200 after 3.0 ms
               retries       1 of at most 2
               fault         delayed by 7000.0 ms
               mirror        outbound|9080|v3|reviews
               timeout       2000 ms
               answer        200, 17 bytes, all over after 9.0 ms, its head after 8.5 ms
               flag          DI: a fault delayed the request: 7000 ms
               details       via_upstream
               note          a note
            """
        )
        let decoded = try JSONDecoder().decode(ExplainReport.self, from: JSONEncoder().encode(report))
        expectNoDifference(decoded, report)
    }

    @Test func aDeletedObjectIsSaidToBe() {
        var decision = decision(time: "2026-11-21T05:00:00.001000Z")
        decision.route.virtualHost = "v"
        decision.route.name = ""
        decision.route.position = 2
        decision.route.action = "redirect"
        decision.route.config = Self.route
        decision.route.object = "VirtualService default/reviews"
        var report = ExplainReport(requestID: "a", [answer("p.default", [decision])])
        report.hops[0].objects = [Self.route: .init(isGone: true)]
        #expect(
            report.text.contains(
                "route         number 2: redirect (VirtualService default/reviews, deleted since), virtual"
            )
        )
    }

    @Test(arguments: [
        (0, UInt64(0), nil as Double?, "a: 1 proxy remembers no request at all"),
        (
            40, UInt64(900), 61.4,
            "a: no such request is remembered by 1 proxy, which hold 40 of 900 requests (96 KiB); the oldest came 61 s ago"
        ),
    ])
    func anUnknownIdIsSaidToBe(count: Int, total: UInt64, oldest: Double?, message: String) {
        var memory = RequestDecisions.Memory()
        memory.bytes = 96 << 10
        memory.requests = count
        memory.total = total
        memory.oldestSeconds = oldest
        let answers = [
            ProxyAnswer(proxy: "p", outcome: .decisions(.init(proxy: "n", memory: memory, decisions: []))),
            ProxyAnswer(proxy: "e", outcome: .envoy),
        ]
        #expect(ExplainCommand.nothing("a", answers) == message)
        #expect(ExplainCommand.nothing("a", [answers[1]]) == "no proxy could tell")
    }
}
