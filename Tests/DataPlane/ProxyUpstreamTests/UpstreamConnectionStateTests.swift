import Testing

@testable import ProxyUpstream

@Suite struct UpstreamConnectionStateTests {
    @Test(arguments: [
        (true, true, 0, UpstreamConnectionState.Aftermath.reuse),
        (true, false, 0, .close),
        (false, true, 0, .close),
        (true, true, 1, .close),
        (true, true, 2, .reuse),
    ])
    func reusesOnlyWhatBothSidesFinishedAndKeep(
        requestEnds: Bool,
        keepAlive: Bool,
        maxRequests: Int,
        expected: UpstreamConnectionState.Aftermath
    ) {
        var state = UpstreamConnectionState()
        state.begin()
        if requestEnds { state.endRequest() }
        state.receivedHead(keepAlive: keepAlive)
        let outcome1 = state.endResponse(maxRequests: maxRequests)
        #expect(outcome1 == expected)
    }

    @Test func aRetiredConnectionIsNotUsedAgain() {
        var state = UpstreamConnectionState()
        state.begin()
        state.endRequest()
        state.retire()
        let outcome2 = state.endResponse(maxRequests: 0)
        #expect(outcome2 == .close)
    }
}

@Suite struct HTTPDateTests {
    @Test(
        arguments: [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"), (4_102_444_799, "Thu, 31 Dec 2099 23:59:59 GMT"),
        ] as [(Int64, String)]
    )
    func printsTheFixedDateForm(seconds: Int64, text: String) {
        #expect(String(decoding: HTTPDate.text(secondsSince1970: seconds), as: UTF8.self) == text)
    }
}
