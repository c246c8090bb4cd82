import CustomDump
import DiscoveryServer
import MeshTelemetry
import Testing
import XDSProtocol

@Suite struct PrometheusTextTests {
    @Test func writesTheExpositionFormat() {
        var histogram = Histogram(bounds: [0.1, 1])
        for value in [0.05, 0.5, 0.5, 7] { histogram.observe(value) }
        var page = PrometheusText()
        page.family("time", .histogram, help: "Seconds.")
        page.histogram("time", [("type", "cds")], histogram)
        page.sample("up", [("why", "a \"b\"\\\n")], 1.0)
        expectNoDifference(
            page.text,
            #"""
            # HELP time Seconds.
            # TYPE time histogram
            time_bucket{type="cds",le="0.1"} 1
            time_bucket{type="cds",le="1"} 3
            time_bucket{type="cds",le="+Inf"} 4
            time_sum{type="cds"} 8.05
            time_count{type="cds"} 4
            up{why="a \"b\"\\\n"} 1

            """#
        )
    }

    @Test func countsUnderIstiosNames() {
        let metrics = DiscoveryMetrics()
        metrics.connections(.delta, by: 1)
        metrics.pushed(.cds, seconds: 0.002, bytes: 100)
        metrics.rejected(.lds)
        var page = PrometheusText()
        metrics.write(to: &page)
        let lines = page.text.split(separator: "\n")
        #expect(lines.contains(#"pilot_xds{variant="delta"} 1"#))
        #expect(lines.contains(#"pilot_xds_pushes{type="cds"} 1"#))
        #expect(lines.contains(#"pilot_total_xds_rejects{type="lds"} 1"#))
        #expect(lines.contains(#"pilot_xds_push_time_bucket{type="cds",le="0.005"} 1"#))
    }
}
