import CustomDump
import Testing

@testable import ProxyAgent

@Suite struct ApplicationProbeTests {
    @Test func probersAreReadAsTheInjectionWritesThem() throws {
        let text = #"""
            {"/app-health/app/livez": {"httpGet": {"path": "health", "port": 8443, "scheme": "HTTPS", "host": "app.local",
              "httpHeaders": [{"name": "x-probe", "value": "1"}]}, "timeoutSeconds": 3},
             "/app-health/app/readyz": {"tcpSocket": {"port": 9000}},
             "/app-health/app/startupz": {"grpc": {"port": 9001, "service": "shop"}},
             "/app-health/odd/livez": {"exec": {}}, "/app-health/odd/readyz": {"tcpSocket": {"port": 70000}}}
            """#
        let (probes, unread) = try ApplicationProbe.all(text)
        expectNoDifference(
            probes["/app-health/app/livez"]?.action,
            .http(
                ApplicationProbe.HTTP(
                    path: "/health",
                    port: 8443,
                    isHTTPS: true,
                    headers: [.init(name: "x-probe", value: "1"), .init(name: "Host", value: "app.local")]
                )
            )
        )
        #expect(probes["/app-health/app/livez"]?.timeout == .seconds(3))
        #expect(probes["/app-health/app/readyz"]?.action == .tcp(port: 9000))
        #expect(probes["/app-health/app/readyz"]?.timeout == .seconds(1))
        #expect(probes["/app-health/app/startupz"]?.action == .grpc(port: 9001, service: "shop"))
        #expect(unread == ["/app-health/odd/livez", "/app-health/odd/readyz"])
    }

    @Test(arguments: ["", "[]", "{", "7"])
    func probersThatAreNoObjectAreRefused(text: String) {
        #expect(throws: (any Error).self) { try ApplicationProbe.all(text) }
    }

    @Test func aClosedPortIsNotWell() async {
        let runner = ProbeRunner(address: "127.0.0.1", source: nil)
        let http = ApplicationProbe.HTTP(path: "/", port: 1, isHTTPS: false, headers: [])
        for action in [ApplicationProbe.Action.tcp(port: 1), .http(http), .grpc(port: 1, service: "")] {
            #expect(await runner.run(ApplicationProbe(action: action, timeout: .seconds(1))).status == 500)
        }
        await runner.stop()
    }
}

@Suite struct ApplicationMetricsTests {
    @Test(arguments: [
        (#"{"scrape":"true","path":"/m","port":"9090"}"#, "/m", 9090),
        (#"{"scrape":"true","path":"","port":""}"#, "/metrics", 80),
    ])
    func annotationsTellWhereToScrape(text: String, path: String, port: Int) {
        let metrics = ApplicationMetrics(text)
        #expect(metrics?.path == path && metrics?.port == port)
    }

    @Test(arguments: ["", "{}", #"{"scrape":"false","port":"80"}"#, #"{"scrape":"true","port":"x"}"#])
    func withoutThemNothingIsScraped(text: String) {
        #expect(ApplicationMetrics(text) == nil)
    }
}

@Suite struct ApplicationWatchTests {
    private func pod(policy: String, states: String) -> String {
        """
        {"spec": {"restartPolicy": "\(policy)", "containers": [{"name": "work"}, {"name": "istio-proxy"}]},
         "status": {"containerStatuses": [{"name": "istio-proxy", "state": {"running": {}}}, \(states)]}}
        """
    }

    @Test(arguments: [
        ("Never", #"{"name": "work", "state": {"terminated": {"exitCode": 0}}}"#, true),
        ("Never", #"{"name": "work", "state": {"terminated": {"exitCode": 1}}}"#, true),
        ("OnFailure", #"{"name": "work", "state": {"terminated": {"exitCode": 0}}}"#, true),
        // The kubelet starts it again.
        ("OnFailure", #"{"name": "work", "state": {"terminated": {"exitCode": 1}}}"#, false),
        ("Always", #"{"name": "work", "state": {"terminated": {"exitCode": 0}}}"#, false),
        ("Never", #"{"name": "work", "state": {"running": {}}}"#, false),
        ("Never", #"{"name": "other", "state": {"terminated": {}}}"#, false),
    ])
    func anApplicationHasEndedWhenNoneOfItsContainersStartsAgain(policy: String, states: String, ended: Bool) {
        #expect(
            ApplicationWatch.hasEnded(podJSON: pod(policy: policy, states: states), besides: "istio-proxy") == ended
        )
    }

    @Test(arguments: ["", "[]", #"{"spec": {}, "status": {}}"#])
    func whatIsNoPodHasNotEnded(text: String) {
        #expect(!ApplicationWatch.hasEnded(podJSON: text, besides: "istio-proxy"))
    }
}

@Suite struct GRPCHealthTests {
    @Test(
        arguments: [([UInt8](), 0), ([8, 1], 1), ([8, 2], 2), ([8, 255], 0), ([18, 0], 0)] as [([UInt8], UInt64)]
    )
    func theStatusIsTheFirstField(bytes: [UInt8], status: UInt64) throws {
        #expect(try GRPCHealth.ResponseReader().deserialize(bytes) == status)
    }

    @Test func theRequestNamesTheService() throws {
        let bytes: [UInt8] = try GRPCHealth.RequestWriter().serialize("ab")
        #expect(bytes == [10, 2, 97, 98])
        let long: [UInt8] = try GRPCHealth.RequestWriter().serialize(String(repeating: "x", count: 200))
        #expect(Array(long.prefix(3)) == [10, 200, 1])
    }
}
