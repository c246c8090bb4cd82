import HTTPWire
import ProxyUpstream
import Testing

@testable import ProxyFilters

@Suite struct LocalResponseTests {
    @Test(arguments: [
        (UpstreamReset.remoteConnectionFailure(errno: 111), "remote connection failure"),
        (.connectionTermination, "connection termination"),
        (.overflow, "overflow"),
    ])
    func resetsReadAsEnvoys(reset: UpstreamReset, ending: String) {
        let reply = LocalResponse.reset(reset, afterRetries: false)
        let text = String(decoding: reply.body, as: UTF8.self)
        #expect(text == "upstream connect error or disconnect/reset before headers. reset reason: \(ending)")
        #expect(reply.isOverloaded == (reset == .overflow))
    }

    @Test func grpcCallersGetAStatusInstead() {
        var head = ResponseHead()
        LocalResponse.noHealthyUpstream.fill(&head, isGRPC: true)
        #expect(head.status == 200)
        #expect(head.headers.string(of: .grpcStatus) == "14")
        #expect(head.headers.string(of: .grpcMessage) == "no healthy upstream")
    }

    @Test func requestIDsAreVersion4UUIDs() {
        var headers = HeaderBlock()
        RequestID.generate(into: &headers, high: .max, low: .max)
        #expect(headers.string(of: .xRequestID) == "ffffffff-ffff-4fff-bfff-ffffffffffff")
    }
}
