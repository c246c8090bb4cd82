import CustomDump
import HTTPWire
import MeshTelemetry
import ProxySnapshot
import ProxyUpstream
import Testing

@testable import ProxyFilters
@testable import ProxyRuntime

/// What is told of a remembered request, by the same configuration and by another.
@Suite struct DecisionReaderTests {
    private static let head = "GET /reviews/0?a=b HTTP/1.1\r\nhost: reviews:9080\r\nend-user: jason\r\n\r\n"

    @Test func earlierRoutesAreExplained() throws {
        let snapshot = try Self.snapshot(tableRevision: 3)
        let told = DecisionReader(snapshot: snapshot, clockOffset: 0).decision(Self.record(revision: 3))
        #expect(told.route.position == 1)
        #expect(told.route.object == "VirtualService default/reviews")
        #expect(told.route.rule == "http[1]")
        #expect(told.route.action == "forward")
        #expect(told.route.passedOver.map(\.name) == ["testers"])
        #expect(told.route.passedOver.map(\.rule) == ["http[0]"])
        #expect(told.route.passedOver.first?.reason.contains("header end-user is \"jason\"") == true)
        #expect(told.notes.isEmpty)
        #expect(told.request.method == "GET")
        #expect(told.request.path == "/reviews/0?a=b")
        #expect(told.request.authority == "reviews:9080")
    }

    @Test func theDrawIsExplained() throws {
        let snapshot = try Self.snapshot(tableRevision: 3)
        let cluster = try #require(
            DecisionReader(snapshot: snapshot, clockOffset: 0).decision(Self.record(revision: 3)).cluster
        )
        #expect(cluster.subset == "v2")
        #expect(cluster.drawn == 85)
        expectNoDifference(
            cluster.split,
            [
                .init(cluster: "outbound|9080|v1|reviews", weight: 80, isChosen: false),
                .init(cluster: "outbound|9080|v2|reviews", weight: 20, isChosen: true),
            ]
        )
        #expect(cluster.object == "DestinationRule default/reviews")
        #expect(cluster.rule == "subsets[1]")
        #expect(cluster.balancing == "ROUND_ROBIN")
    }

    @Test func aTableThatChangedIsSaidToHave() throws {
        let snapshot = try Self.snapshot(tableRevision: 4)
        let told = DecisionReader(snapshot: snapshot, clockOffset: 0).decision(Self.record(revision: 3))
        #expect(told.route.passedOver.isEmpty)
        #expect(told.route.object == "VirtualService default/reviews")
        #expect(told.cluster?.split.isEmpty == true)
        #expect(told.notes.count == 1)
        #expect(told.notes.first?.contains("changed since") == true)
    }

    @Test func aClusterThatChangedOrWentIsSaidToHave() throws {
        let snapshot = try Self.snapshot(tableRevision: 3)
        for (revision, text) in [(9, "changed since"), (1, nil)] as [(UInt64, String?)] {
            let record = Self.record(revision: 3) { $0.clusterRevision = revision }
            let notes = DecisionReader(snapshot: snapshot, clockOffset: 0).decision(record).notes
            #expect(notes.first.map { $0.contains(text ?? "?") } == text.map { _ in true })
        }
        let gone = Self.record(revision: 3, cluster: "outbound|1||gone") { $0.clusterRevision = 1 }
        #expect(
            DecisionReader(snapshot: snapshot, clockOffset: 0).decision(gone).notes == [
                "the cluster is not there any more"
            ]
        )
    }

    @Test(arguments: [
        (
            ResponseFlag.upstreamOverflow,
            "circuit breaker open: maxConnections 1 of DestinationRule default/reviews subsets[1]"
        ),
        (
            .upstreamRequestTimeout,
            "the time for the request was over before upstream answered: 2000 ms of VirtualService default/reviews http[1]"
        ),
        (
            .noHealthyUpstream,
            "the cluster has no endpoint that is fit: outbound|9080|v2|reviews has 0 endpoints now, 2 of them were ejected"
        ),
        (.noClusterFound, "the cluster that the route names does not exist: outbound|9080|v2|reviews"),
        (.upstreamConnectionFailure, "no connection to upstream could be made: delayed connect error: refused"),
        (.upstreamRetryLimitExceeded, "all retries were used: 2 of VirtualService default/reviews http[1]"),
        (.delayInjected, "a fault delayed the request: 7000 ms of VirtualService default/reviews http[1]"),
        (.faultInjected, "a fault ended the request: status 503 of VirtualService default/reviews http[1]"),
        (.downstreamConnectionTermination, ResponseFlag.downstreamConnectionTermination.words),
    ])
    func flagsAreExplained(flag: ResponseFlag, words: String) throws {
        let record = Self.record(revision: 3, failure: "delayed connect error: refused") {
            $0.flags = ResponseFlags(flag).rawValue
            $0.status = 503
            $0.overflow = BreakerResource.connections.rawValue + 1
            $0.timedOut = true
            $0.timeout = 2000
            $0.ejectedHosts = 2
            $0.delayMilliseconds = 7000
        }
        let told = try DecisionReader(snapshot: Self.snapshot(tableRevision: 3), clockOffset: 0).decision(record)
        expectNoDifference(told.answer.flags, [.init(name: "\(flag.shortName)", words: words)])
    }

    @Test func whyNoRouteMatchedIsFoundAgain() throws {
        let record = Self.record(revision: 7, isRouted: false) { $0.flags = ResponseFlags.noRouteFound.rawValue }
        let snapshot = try Self.snapshot(tableRevision: 3, onlyTesters: true)
        let told = DecisionReader(snapshot: snapshot, clockOffset: 0).decision(record)
        #expect(told.route.table == "9080")
        #expect(told.route.virtualHost == "reviews:9080")
        #expect(told.route.passedOver.map(\.name) == ["testers"])
        #expect(told.answer.flags.map(\.words) == ["no route matches: none of virtual host reviews:9080"])
        let later = Self.record(revision: 6, isRouted: false) { $0.flags = ResponseFlags.noRouteFound.rawValue }
        #expect(DecisionReader(snapshot: snapshot, clockOffset: 0).decision(later).notes.count == 1)
    }

    @Test func aHeadThatWasCutIsNotMatchedAgain() throws {
        let record = Self.record(revision: 3, head: "GET /long HTTP/1.1\r\nhost: rev") { $0.isHeadCut = true }
        let told = try DecisionReader(snapshot: Self.snapshot(tableRevision: 3), clockOffset: 0).decision(record)
        #expect(told.request.method == "GET")
        #expect(told.request.path == "/long")
        #expect(told.route.action == "forward")
        #expect(told.route.passedOver.isEmpty)
        #expect(told.notes.count == 1)
    }

    @Test func timesAreCountedFromTheHead() throws {
        let record = Self.record(revision: 3) {
            $0.startedAt = 5_000_000_000
            $0.requestEndedAt = 5_001_500_000
            $0.respondedAt = 5_002_000_000
            $0.endedAt = 5_010_000_999
        }
        let reader = try DecisionReader(
            snapshot: Self.snapshot(tableRevision: 3),
            clockOffset: 1_795_000_000_000_000_000
        )
        let told = reader.decision(record)
        #expect(told.time == "2026-11-18T11:06:45.000000Z")
        #expect(told.durations.request == 1.5)
        #expect(told.durations.response == 2)
        #expect(told.durations.total == 10)
    }

    // MARK: Values

    private static func record(
        revision: UInt64,
        isRouted: Bool = true,
        head: String = DecisionReaderTests.head,
        cluster: String = "outbound|9080|v2|reviews",
        failure: String = "",
        _ change: (inout DecisionFacts) -> Void = { _ in }
    ) -> DecisionRecord {
        var facts = DecisionFacts()
        facts.isRouted = isRouted
        facts.tableRevision = revision
        // 85 of 100 falls into the second share.
        facts.random = 1085
        facts.weightedEntry = 1
        facts.status = 200
        change(&facts)
        var bytes = [UInt8](repeating: 0, count: 2048)
        let used = bytes.withUnsafeMutableBytes { target in
            var writer = RecordWriter(target)
            writer.write("id")
            writer.write(facts)
            writer.write(head)
            for text in ["10.0.0.1:1234", "10.0.0.2:9080", "l", "c"] { writer.write(text) }
            let route = ["9080", "reviews:9080", "canary", path("virtual-service"), "http[1]"]
            for text in route { writer.write(isRouted ? text : "") }
            for text in [cluster, "details", failure] { writer.write(text) }
            writer.write(UInt8(0))
            return writer.count
        }
        return DecisionRecord(Array(bytes.prefix(used)))
    }

    private static func path(_ kind: String) -> String {
        "/apis/networking.istio.io/v1/namespaces/default/\(kind)/reviews"
    }

    private static func snapshot(tableRevision: UInt64, onlyTesters: Bool = false) throws -> ProxySnapshot {
        let indices = (0..<2).map { ClusterIndex(rawValue: UInt32($0)) }
        let names = ["outbound|9080|v1|reviews", "outbound|9080|v2|reviews"]
        let clusters = indices.map { index in
            Cluster(
                name: names[index.slot],
                index: index,
                settingsRevision: 1,
                defaultThresholds: CircuitBreakerThresholds(maxConnections: 1),
                configSource: path("destination-rule"),
                configRule: "subsets[\(index.slot)]"
            )
        }
        let tester = HeaderMatcher(
            name: HeaderName("end-user"),
            value: .string(StringMatcher(.exact(Array("tester".utf8))))
        )
        let split = WeightedClusters(
            entries: [
                WeightedCluster(cluster: indices[0], weight: 80), WeightedCluster(cluster: indices[1], weight: 20),
            ],
            total: 100
        )
        let action = RouteAction(
            cluster: .weighted(split),
            retryPolicy: RetryPolicy(conditions: [.serverError], retries: 2)
        )
        let routes = [
            Route(
                name: "testers",
                match: RouteMatch(path: .prefix([0x2F]), headers: [tester]),
                action: .forward(RouteAction(cluster: .cluster(indices[0]))),
                configSource: path("virtual-service"),
                configRule: "http[0]"
            ),
            Route(
                name: "canary",
                match: RouteMatch(path: .prefix([0x2F])),
                action: .forward(action),
                configSource: path("virtual-service"),
                configRule: "http[1]"
            ),
        ]
        let host = VirtualHost(
            name: "reviews:9080",
            domains: ["reviews"],
            routes: onlyTesters ? Array(routes.prefix(1)) : routes
        )
        let table = RouteConfiguration(
            name: "9080",
            revision: tableRevision,
            virtualHosts: [host],
            hosts: try VirtualHostIndex(domains: [["reviews"]]),
            ignoresPortInHostMatching: true
        )
        let manager = HTTPConnectionManager(statPrefix: "x", routeSource: .inline(table))
        let listener = Listener(
            name: "l",
            address: SocketAddressValue(address: IPAddress(v4: 0), port: 9080),
            filterChains: [FilterChain(name: "c", networkFilter: .httpConnectionManager(manager))]
        )
        return ProxySnapshot(generation: 7, listeners: [listener], clusterSlots: clusters, clusterNames: names)
    }
}
