import CustomDump
import MeshTelemetry
import NIOCore
import Testing

@Suite struct ResponseFlagTests {
    @Test(
        arguments: [
            (ResponseFlags.none, "-"), (.noHealthyUpstream, "UH"),
            ([.upstreamRetryLimitExceeded, .upstreamConnectionFailure], "URX,UF"),
            ([.faultInjected, .delayInjected], "DI,FI"), ([.noHealthyUpstream, .delayInjected], "DI,UH"),
            ([.upstreamRetryLimitExceeded, .upstreamConnectionFailure, .delayInjected], "DI,URX,UF"),
        ] as [(ResponseFlags, String)]
    )
    func flagsAreAbbreviated(_ flags: ResponseFlags, _ text: String) {
        #expect(flags.text == text)
    }

    @Test func abbreviationsAreDistinct() {
        #expect(Set(ResponseFlag.allCases.map { "\($0.shortName)" }).count == ResponseFlag.allCases.count)
    }

    @Test func resetRepliesAreEnvoys() {
        #expect(
            LocalReply.upstreamReset(.remoteConnectionFailure, retried: true)
                == "upstream connect error or disconnect/reset before headers. retried and the latest reset reason: "
                + "remote connection failure"
        )
        #expect(
            LocalReply.upstreamReset(.overflow, retried: false)
                == "upstream connect error or disconnect/reset before headers. reset reason: overflow"
        )
        let details = UpstreamResetReason.remoteConnectionFailure.details(
            afterResponseStarted: false,
            transportFailure: "delayed connect error: Connection refused"
        )
        #expect(
            details == "upstream_reset_before_response_started"
                + "{remote_connection_failure|delayed_connect_error:_Connection_refused}"
        )
        #expect(
            UpstreamResetReason.protocolError.details(afterResponseStarted: true)
                == "upstream_reset_after_response_started{protocol_error}"
        )
    }
}

@Suite struct PrometheusTextTests {
    @Test func samplesAreEscaped() {
        var text = PrometheusText()
        text.family("a.b-c", .counter)
        text.sample("a.b-c", [("l", "x\"y\\z\n")], UInt64(3))
        text.sample("9up", [], 1.5)
        text.histogram("h", [("k", "v")], bounds: [0.5, 1], counts: [1, 0, 2], sum: 7)
        expectNoDifference(
            String(buffer: text.buffer),
            """
            # TYPE a_b_c counter
            a_b_c{l="x\\"y\\\\z\\n"} 3
            _9up 1.5
            h_bucket{k="v",le="0.5"} 1
            h_bucket{k="v",le="1"} 1
            h_bucket{k="v",le="+Inf"} 3
            h_sum{k="v"} 7
            h_count{k="v"} 3

            """
        )
    }
}
