package import MeshTelemetry

extension PrometheusText {
    /// Writes a histogram's buckets, sum and count.
    package mutating func histogram(_ name: String, _ labels: [(String, String)] = [], _ histogram: Histogram) {
        self.histogram(name, labels, bounds: histogram.bounds, counts: histogram.counts, sum: histogram.sum)
    }
}
