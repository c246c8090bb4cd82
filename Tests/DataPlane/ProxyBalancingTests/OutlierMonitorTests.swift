import ProxyBalancing
import ProxySnapshot
import Testing

@Suite struct OutlierMonitorTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var limits: OutlierDetection
        var results: [OutlierResult]
        /// After which results, counted from 1, which counts came to their limit.
        var reached: [Int: ConsecutiveErrors]

        init(
            _ name: String,
            _ limits: OutlierDetection,
            _ results: [OutlierResult],
            _ reached: [Int: ConsecutiveErrors]
        ) {
            testDescription = name
            self.limits = limits
            self.results = results
            self.reached = reached
        }
    }

    private static func responses(_ statuses: UInt16...) -> [OutlierResult] { statuses.map { .response(status: $0) } }

    private static let plain = OutlierDetection(consecutive5xx: 3, consecutiveGatewayFailure: 2)
    private static let split = OutlierDetection(
        consecutive5xx: 3,
        consecutiveGatewayFailure: 2,
        splitsLocalOriginErrors: true,
        consecutiveLocalOriginFailure: 2
    )

    @Test(arguments: [
        Row("5xx in a row", plain, responses(500, 501, 599), [3: .serverError]),
        Row("a success begins anew", plain, responses(500, 500, 200, 500, 500, 500), [6: .serverError]),
        Row("4xx is a success", plain, responses(500, 500, 404, 500, 500, 404), [:]),
        Row("no status is an error", plain, responses(700, 600, 100, 0, 65535), [:]),
        Row("gateway failures are 5xx too", plain, responses(502, 503, 504), [2: .gatewayFailure, 3: .serverError]),
        Row("another 5xx ends gateway failures", plain, responses(502, 500, 502), [3: .serverError]),
        Row(
            "both at once",
            OutlierDetection(consecutive5xx: 2, consecutiveGatewayFailure: 2),
            responses(503, 503),
            [2: [.gatewayFailure, .serverError]]
        ),
        Row("a limit of 0 is none", OutlierDetection(consecutive5xx: 0), responses(500, 500, 500), [:]),
        Row("beyond the limit nothing more", plain, responses(500, 500, 500, 500), [3: .serverError]),
        Row(
            "connect failures are 503, timeouts 504",
            plain,
            [.connectFailed, .timeout, .connectFailed],
            [2: .gatewayFailure, 3: .serverError]
        ),
        Row(
            "a connection for a protocol is no success yet",
            plain,
            [.connectFailed, .connected, .connectFailed],
            [3: .gatewayFailure]
        ),
        Row("a TCP connection is one", plain, [.connectFailed, .connectedFinally, .connectFailed], [:]),
        Row("split: failures on this side", split, [.connectFailed, .timeout], [2: .localOriginFailure]),
        Row("split: a connection begins anew", split, [.timeout, .connected, .timeout, .connectedFinally], [:]),
        Row("split: responses are counted apart", split, [.connectFailed] + responses(503, 503), [3: .gatewayFailure]),
    ])
    func countsAsEnvoyDoes(row: Row) {
        let monitor = OutlierMonitor()
        var reached: [Int: ConsecutiveErrors] = [:]
        for (index, result) in row.results.enumerated() {
            let errors = monitor.note(result, limits: row.limits)
            if !errors.isEmpty { reached[index + 1] = errors }
        }
        #expect(reached == row.reached)
    }

    @Test func countsThatWereActedOnBeginAnewAndOthersGoOn() {
        let limits = OutlierDetection(consecutive5xx: 3, consecutiveGatewayFailure: 2)
        let monitor = OutlierMonitor()
        for _ in 0..<2 { _ = monitor.note(.response(status: 503), limits: limits) }
        monitor.reset(.gatewayFailure)
        #expect(monitor.note(.response(status: 503), limits: limits) == .serverError)
        monitor.reset(.serverError)
        #expect(monitor.note(.response(status: 503), limits: limits) == .gatewayFailure)
        monitor.reset([.serverError, .gatewayFailure, .localOriginFailure])
        #expect(monitor.note(.response(status: 503), limits: limits) == [])
    }

    /// However the counting threads interleave, exactly one learns that the limit was reached.
    @Test func exactlyOneThreadReachesTheLimit() async {
        let limits = OutlierDetection(consecutive5xx: 1000, consecutiveGatewayFailure: 700)
        let monitor = OutlierMonitor()
        let reached = await withTaskGroup(of: [ConsecutiveErrors].self) { group in
            for _ in 0..<4 {
                group.addTask {
                    (0..<400).map { _ in monitor.note(.response(status: 502), limits: limits) }
                }
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
        #expect(reached.count { $0.contains(.serverError) } == 1)
        #expect(reached.count { $0.contains(.gatewayFailure) } == 1)
    }
}
