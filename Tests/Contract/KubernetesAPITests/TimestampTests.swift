import KubernetesAPI
import Testing

@Suite struct TimestampTests {
    @Test(arguments: [
        ("2026-11-21T08:14:58Z", "2026-11-21T08:14:58Z"), ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"),
        ("1969-12-31T23:59:59Z", "1969-12-31T23:59:59Z"), ("2000-02-29T23:59:59z", "2000-02-29T23:59:59Z"),
        ("2024-02-29T23:59:59+02:00", "2024-02-29T21:59:59Z"), ("2024-02-29T23:59:59.123456Z", "2024-02-29T23:59:59Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"), ("9999-12-31T23:59:59-01:00", "9999-12-31T23:59:59Z"),
    ])
    func readsWhatKubernetesWrites(_ text: String, _ expected: String) {
        #expect(Timestamp(text)?.description == expected)
    }

    @Test(arguments: [
        "", "2024", "2024-13-01T00:00:00Z", "2024-02-29T23:59:59", "x024-02-29T23:59:59Z", "2024-02-29T23:59:59.Z",
        "2024-02-29T23:59:59+2:00", "2024-02-29T23:59:59+99:00", "2024-02-29 23:59:59Z", "2024-02-29T24:00:00Z",
    ])
    func refusesTheRest(_ text: String) { #expect(Timestamp(text) == nil) }

    @Test func decimalsAreKept() throws {
        let time = try #require(Timestamp("2024-02-29T23:59:59.1234567891Z"))
        #expect(time.nanosecondText == "2024-02-29T23:59:59.123456789Z")
        #expect(time.microsecondText == "2024-02-29T23:59:59.123456Z")
        #expect(time > Timestamp("2024-02-29T23:59:59.1Z") ?? .now())
    }

    @Test func sumsStayWithinTheYears() {
        #expect(Timestamp(seconds: .max).description == "9999-12-31T23:59:59Z")
        #expect(Timestamp(seconds: 5).adding(seconds: .max).description == "9999-12-31T23:59:59Z")
        #expect(Timestamp(seconds: -5).adding(seconds: .min).description == "0001-01-01T00:00:00Z")
    }
}
