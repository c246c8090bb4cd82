import ControlPlaneRuntime
import Testing

@Suite struct ControlPlaneConfigurationTests {
    @Test(arguments: [
        ("127.0.0.1:15010", "127.0.0.1:15010"), ("[::1]:80", "[::1]:80"), (":0", "0.0.0.0:0"),
        ("localhost:65535", "localhost:65535"),
    ])
    func readsAddresses(_ text: String, _ expected: String) {
        #expect(ListenAddress(text)?.description == expected)
    }

    @Test(arguments: ["", "127.0.0.1", "host:", "host:65536", "host:-1", "::1:80", "host:http"])
    func refusesWhatIsNoAddress(_ text: String) {
        #expect(ListenAddress(text) == nil)
    }

    @Test(arguments: [
        ("100ms", Duration.milliseconds(100)), ("1.5s", .milliseconds(1500)), ("2m", .seconds(120)),
        ("1h", .seconds(3600)), ("0s", .zero), ("250us", .microseconds(250)), ("20m0s", .seconds(1200)),
        ("1h30m", .seconds(5400)), ("1m0.5s", .milliseconds(60_500)),
    ])
    func readsDurations(_ text: String, _ expected: Duration) {
        #expect(Duration(flag: text) == expected)
    }

    @Test(arguments: ["", "5", "s", "-1s", "1d", "nans", "infs", "1e99s", "1h30", "h1", "9999999999h", "1..5s"])
    func refusesWhatIsNoDuration(_ text: String) {
        #expect(Duration(flag: text) == nil)
    }
}
