import Testing

@testable import PodRuntime

@Suite struct TimestampTests {
    @Test(arguments: [
        ("2026-11-21T08:14:58Z", "2026-11-21T08:14:58Z"), ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"),
        ("2024-02-29T23:59:59+02:00", "2024-02-29T21:59:59Z"), ("2024-02-29T23:59:59.123456Z", "2024-02-29T23:59:59Z"),
    ])
    func readsWhatKubernetesWrites(_ text: String, _ expected: String) { #expect(Timestamp(text)?.description == expected) }

    @Test(arguments: ["", "2024", "2024-13-01T00:00:00Z", "2024-02-29T23:59:59", "x024-02-29T23:59:59Z"])
    func refusesTheRest(_ text: String) { #expect(Timestamp(text) == nil) }

    @Test func fractionIsKept() {
        #expect(Timestamp("2024-02-29T23:59:59.123456Z")?.nanosecondText == "2024-02-29T23:59:59.123456000Z")
    }
}
