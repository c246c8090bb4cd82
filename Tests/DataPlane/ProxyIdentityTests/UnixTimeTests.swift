import Testing

@testable import ProxyIdentity

@Suite struct UnixTimeTests {
    @Test(arguments: [
        (0, "1970-01-01T00:00:00Z"),
        (951_782_400, "2000-02-29T00:00:00Z"),
        (1_795_966_200, "2026-11-29T15:30:00Z"),
        (4_107_542_399, "2100-02-28T23:59:59Z"),
        (-1, "1969-12-31T23:59:59Z"),
    ])
    func isWrittenAsRFC3339(seconds: Int, text: String) {
        #expect(UnixTime(seconds: Int64(seconds)).description == text)
    }

    @Test func saturatesAtTheEndsOfItsRange() {
        let end = UnixTime(seconds: .max)
        #expect(end.milliseconds == .max)
        #expect(end.advanced(by: .seconds(1)) == end)
        #expect(UnixTime(milliseconds: .min).duration(to: end) == .milliseconds(Int64.max))
    }

    @Test func aKeyShowsItselfToNobody() {
        let key = PrivateKeyPEM("-----BEGIN PRIVATE KEY-----")
        var dumped = ""
        dump(key, to: &dumped)
        #expect("\(key)" == "[redacted]")
        #expect(String(reflecting: key) == "[redacted]")
        #expect(!dumped.contains("BEGIN"))
    }
}
