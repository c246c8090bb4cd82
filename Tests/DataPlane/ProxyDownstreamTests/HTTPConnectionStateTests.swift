import Testing

@testable import ProxyDownstream

@Suite struct HTTPConnectionStateTests {
    @Test func aPipelinedRequestWaitsForTheAnswerBeforeIt() {
        var state = HTTPConnectionState()
        state.receivedHead(hasBody: false)
        #expect(!state.acceptsInput)
        state.startResponse(closes: false)
        let outcome1 = state.endResponse()
        #expect(outcome1 == .nextRequest)
        #expect(state.acceptsInput)
    }

    @Test func anAnswerBeforeTheEndOfTheRequestEndsTheConnection() {
        var state = HTTPConnectionState()
        state.receivedHead(hasBody: true)
        state.startResponse(closes: false)
        let outcome2 = state.endResponse()
        #expect(outcome2 == .lingerAndClose)
        #expect(!state.acceptsInput)
        let isExpected = state.receivedEnd()
        #expect(!isExpected)
    }

    @Test func aClosingAnswerEndsTheConnection() {
        var state = HTTPConnectionState()
        state.receivedHead(hasBody: true)
        let isExpected = state.receivedEnd()
        #expect(isExpected)
        state.startResponse(closes: true)
        let outcome3 = state.endResponse()
        #expect(outcome3 == .close)
        #expect(!state.acceptsInput)
    }

    @Test func garbageIsAnsweredOnce() {
        var state = HTTPConnectionState()
        state.failedToParse()
        state.startResponse(closes: true)
        let outcome4 = state.endResponse()
        #expect(outcome4 == .lingerAndClose)
    }
}

@Suite struct RequestDeadlinesTests {
    @Test func theEarliestDeadlineArmsTheTimer() {
        var deadlines = RequestDeadlines()
        #expect(deadlines.earliest == .max)
        deadlines.start(.response, now: 1000, milliseconds: 500)
        deadlines.start(.streamIdle, now: 1000, milliseconds: 300)
        #expect(deadlines.earliest == 1300)
        #expect(deadlines.expired(at: 1299) == nil)
        #expect(deadlines.expired(at: 1300) == .streamIdle)
        #expect(deadlines.expired(at: 1500) == .response)
    }

    @Test func theEndOfARequestLeavesTheConnectionsOwnClocks() {
        var deadlines = RequestDeadlines()
        deadlines.start(.connection, now: 0, milliseconds: 9000)
        deadlines.start(.response, now: 0, milliseconds: 100)
        deadlines.endRequest()
        #expect(deadlines.earliest == 9000)
    }
}
