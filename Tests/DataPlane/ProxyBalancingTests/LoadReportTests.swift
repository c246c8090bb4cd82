import ProxySnapshot
import Testing

@testable import ProxyBalancing

/// What a report says, in the three formats that Envoy reads, and the weight it makes.
@Suite struct LoadReportTests {
    private static let metrics = [
        "named_metrics.queue", "utilization.*", "request_cost.db", "mem_utilization", "unknown", "utilization",
    ].compactMap { LoadMetric($0) }

    private func report(_ header: String, _ metrics: [LoadMetric] = Self.metrics) -> LoadReport? {
        Array(header.utf8).withUnsafeBytes { LoadReport(header: $0, for: metrics) }
    }

    private func weight(_ header: String, _ names: [String] = [], penalty: Double = 0) -> UInt32? {
        let rule = ClientSideWeights(
            errorUtilizationPenalty: penalty,
            utilizationMetrics: names.compactMap { LoadMetric($0) }
        )
        return report(header, rule.utilizationMetrics)?.weight(by: rule)
    }

    /// The same report as `protoc` writes it.
    private static let binary =
        "CQAAAAAAANA/EQAAAAAAAOA/GAkiDQoCZGIRAAAAAAAACEAqDwoEZGlzaxEAAAAAAADsPzEAAAAAAABZQDkAAAAAAAAEQEIQCgVxdWV1ZREA"
        + "AAAAAADgP0kAAAAAAADoPw=="

    @Test(arguments: [
        "TEXT cpu_utilization:0.25,mem_utilization:0.5,rps_fractional:100,eps:2.5,application_utilization:0.75,"
            + "named_metrics.queue:0.5",
        "TEXT  cpu_utilization: 2.5e-1 , mem_utilization:+.5,, rps_fractional:100.,eps:2.5,"
            + "application_utilization:0.75,named_metrics.queue:0.5,named_metrics.other:7,",
        #"JSON {"cpu_utilization": 0.25, "memUtilization": "0.5", "rpsFractional": 1e2, "eps": "2.5", "rps": 9,"#
            + #" "application_utilization": 0.75, "namedMetrics": {"queue": 0.5, "other": 7}, "utilization": null,"#
            + #" "unknown": [true, {"a": "\u00e9\ud83d\ude00\n"}, false, null]}  "#,
        #"JSON {"cpuUtilization":0.25,"mem_utilization":0.5,"rps_fractional":100,"eps":2.5,"#
            + #""applicationUtilization":0.75,"named_metrics":{"\u0071ueue":"0.5"}}"#,
    ])
    func formatsSayTheSame(header: String) throws {
        let report = try #require(self.report(header))
        let fields = LoadField.allCases.map { report[$0] }
        #expect(fields == [0.25, 0.5, 0.75, 2.5, 100])
        #expect(report.weight(by: ClientSideWeights(utilizationMetrics: Self.metrics)) == 200)
    }

    @Test func protobufIsReadWithItsMaps() throws {
        let report = try #require(self.report("BIN \(Self.binary)"))
        #expect(LoadField.allCases.map { report[$0] } == [0.25, 0.5, 0.75, 2.5, 100])
        let names = ["request_cost.db": 33, "utilization.disk": 114, "utilization.*": 114, "named_metrics.queue": 200]
        for (name, expected) in names.sorted(by: { $0.key < $1.key }) {
            #expect(weight("BIN \(Self.binary)", [name]) == UInt32(expected), "\(name)")
        }
        let bare = Array(Self.binary.utf8).withUnsafeBytes { LoadReport(base64: $0, for: Self.metrics) }
        #expect(bare == report)
    }

    @Test(arguments: [
        "", "TEXT", "text cpu_utilization:1", "cpu_utilization:1", "TEXT cpu_utilization", "TEXT cpu_utilization:",
        "TEXT :1", "TEXT cpu_utilization :1", "TEXT cpu_utilization:x", "TEXT cpu_utilization:nan", "TEXT eps:inf",
        "TEXT eps:1e999", "TEXT eps:0x10", "TEXT eps:1e", "TEXT eps:.", "TEXT eps:1 2", "TEXT eps:1,eps:1",
        "TEXT utilization.disk:1", "TEXT rps:1", "TEXT named_metrics.:1", "TEXT named_metrics.a:1,named_metrics.a:2",
        "JSON", "JSON ", "JSON []", #"JSON {"eps":}"#, #"JSON {"eps":1"#, #"JSON {"eps":1,}"#, #"JSON {"eps":"x"}"#,
        #"JSON {"eps":true}"#, #"JSON {"eps":.5}"#, #"JSON {"eps":1}x"#, #"JSON {"utilization":[]}"#,
        #"JSON {"utilization":{"a":null}}"#, #"JSON {"a":"\ud800"}"#, #"JSON {"a":"\x"}"#, "JSON {\"a\":\"\n\"}",
        #"JSON {"a":\#(String(repeating: "[", count: 40))\#(String(repeating: "]", count: 40))}"#,
        "BIN ", "BIN AAAA", "BIN CQAAAAAAANA", "BIN OAF=", "BIN CQAAAAAA*NA/", "BIN CQAAAAAAANA=", "BIN Cw==",
        "BIN KgQKAv//",
    ])
    func malformedReportsAreNone(header: String) {
        #expect(report(header) == nil)
    }

    @Test func anyBytesAreReadWithoutTrapping() {
        var random = RandomSource(seed: 17)
        for _ in 0..<20_000 {
            let bytes = (0..<random.index(below: 24)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            bytes.withUnsafeBytes { bytes in
                _ = LoadReport(protobuf: bytes, for: Self.metrics)
                _ = LoadReport(json: bytes, for: Self.metrics)
                _ = LoadReport(text: bytes, for: Self.metrics)
            }
        }
        let json = Array(#"{"utilization": {"a\u0041": "1e3"}, "eps": -1.5, "x": [1, {"y": null}]}"#.utf8)
        for _ in 0..<20_000 {
            var bytes = json
            for _ in 0...random.index(below: 3) {
                bytes[random.index(below: bytes.count)] = UInt8(truncatingIfNeeded: random.next())
            }
            bytes.withUnsafeBytes { _ = LoadReport(json: $0, for: Self.metrics) }
        }
    }

    // MARK: Weights

    @Test func theWeightIsRequestsForEachUnitOfUtilization() {
        #expect(weight("TEXT rps_fractional:50,application_utilization:0.5") == 100)
        #expect(weight("TEXT rps_fractional:50,cpu_utilization:0.25") == 200)
        #expect(weight("TEXT rps_fractional:50,cpu_utilization:0.25,application_utilization:0.5") == 100)
        #expect(weight("TEXT rps_fractional:1,cpu_utilization:4") == 0)
        #expect(weight("TEXT rps_fractional:1e30,cpu_utilization:1e-30") == .max)
    }

    /// As Envoy has it since 1.39.
    @Test func namedMetricsGoBeforeTheApplications() {
        let report = "TEXT rps_fractional:50,named_metrics.a:0.2,named_metrics.b:0.1,application_utilization:0.5"
        #expect(weight(report, ["named_metrics.a", "named_metrics.b"]) == 250)
        #expect(weight(report, ["named_metrics.b"]) == 500)
        #expect(weight(report, ["named_metrics.*"]) == 250)
        #expect(weight(report, ["named_metrics.c"]) == 100)
        #expect(weight(report, ["rps_fractional"]) == 1)
    }

    @Test func errorsMakeItLess() {
        let report = "TEXT rps_fractional:100,eps:10,application_utilization:0.5"
        #expect(weight(report, penalty: 1) == 166)
        #expect(weight(report, penalty: 5) == 100)
        #expect(weight(report) == 200)
    }

    @Test func aReportWithoutRequestsOrUtilizationMakesNone() {
        #expect(weight("TEXT application_utilization:0.5") == nil)
        #expect(weight("TEXT rps_fractional:-1,application_utilization:0.5") == nil)
        #expect(weight("TEXT rps_fractional:10") == nil)
        #expect(weight("TEXT rps_fractional:10,cpu_utilization:-1") == nil)
        #expect(weight(#"JSON {"rps_fractional": "NaN", "cpu_utilization": 1}"#) == nil)
        #expect(weight(#"JSON {"rps_fractional": 1, "cpu_utilization": "NaN"}"#) == nil)
        #expect(weight(#"JSON {"rps_fractional": "Infinity", "cpu_utilization": 1}"#) == .max)
    }

    // MARK: In rotation

    private static let rule = ClientSideWeights(
        blackoutMilliseconds: 1000,
        expirationMilliseconds: 5000,
        updateMilliseconds: 1000
    )

    private func weights(_ reports: [ReportedLoad?], at now: Int64) -> [UInt32] {
        ReportedWeights.weights(of: reports, rule: Self.rule, now: now)
    }

    @Test func aReportCountsAfterTheBlackoutUntilItExpires() {
        let reported = ReportedLoad()
        #expect(weights([reported], at: 10_000) == [1])
        reported.note(weight: 7, now: 10_000)
        #expect(weights([reported], at: 10_999) == [1])
        reported.note(weight: 8, now: 10_999)
        #expect(weights([reported], at: 11_000) == [8])
        #expect(weights([reported], at: 15_999) == [8])
        #expect(weights([reported], at: 16_000) == [1])
        // The next row of reports has a blackout of its own.
        reported.note(weight: 9, now: 16_100)
        #expect(weights([reported], at: 17_000) == [1])
        #expect(weights([reported], at: 17_100) == [9])
    }

    @Test func whoSaysNothingGetsTheMedianOfTheOthers() {
        let reports = [30, 10, 20, 41].map { (weight: UInt32) -> ReportedLoad in
            let reported = ReportedLoad()
            reported.note(weight: weight, now: 0)
            return reported
        }
        #expect(weights(reports + [ReportedLoad()], at: 2000) == [30, 10, 20, 41, 25])
        #expect(weights(reports.dropLast() + [nil], at: 2000) == [30, 10, 20, 20])
        #expect(weights([nil, nil], at: 2000) == [1, 1])
        let idle = ReportedLoad()
        idle.note(weight: 0, now: 0)
        #expect(weights([idle, nil], at: 2000) == [1, 1])
    }

    @Test func choicesFollowTheReports() {
        var balancer = LoadBalancer(cluster: ClusterRow(weights: [9, 1, 1]).cluster(.roundRobin))
        let reports = ([100, 300, nil] as [UInt32?]).map { weight -> ReportedLoad in
            let reported = ReportedLoad()
            if let weight { reported.note(weight: weight, now: 0) }
            return reported
        }
        balancer.setWeights(by: Self.rule, of: reports, now: 2000)
        var random = RandomSource(seed: 1)
        var counts = [0, 0, 0]
        for _ in 0..<600 { if let index = balancer.pick(&random) { counts[index] += 1 } }
        #expect(zip(counts, [100, 300, 200]).allSatisfy { abs($0 - $1) <= 2 }, "\(counts)")
        #expect(balancer.shares.map { ($0 * 6).rounded() } == [1, 3, 2])
    }
}
