import Testing

@testable import HTTPWire

struct KnownHeaderSetTests {
    @Test func everyKnownHeaderIsSeenAndRemoved() {
        var probe = HeaderBlock()
        for header in KnownHeader.allCases where probe.isLine(header) && header != .other {
            probe.set(header, "value")
            #expect(probe.mayContain(any: KnownHeaderSet([header])), "\(header)")
            probe.remove(KnownHeaderSet([header]))
            #expect(!probe.isPresent(header), "\(header)")
        }
    }

    @Test func othersStay() {
        var block = HeaderBlock()
        block.set(.xRequestID, "1")
        block.add(.xEnvoyRetryOn, "5xx")
        block.add(.xEnvoyRetryOn, "reset")
        let set = KnownHeaderSet([.xEnvoyRetryOn, .xEnvoyMaxRetries])
        block.remove(set)
        #expect(!block.mayContain(any: set))
        #expect(block.string(of: .xRequestID) == "1")
        #expect(block.count == 1)
    }
}
