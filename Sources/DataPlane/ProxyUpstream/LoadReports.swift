internal import HTTPWire
internal import ProxyBalancing
internal import ProxySnapshot
internal import Synchronization

/// What the endpoints of every cluster with client-side weights report of their load, heard by all workers of the proxy.
package final class LoadReports: Sendable {
    private let books = SharedByCluster<LoadReportBook>()

    package init() {}

    /// The reports of a cluster: the same for all workers that have this version of it; `nil` if none are read.
    ///
    /// Called when configuration changes.
    func book(for cluster: Cluster) -> LoadReportBook? {
        guard let rule = cluster.clientSideWeights else { return nil }
        return books.shared(for: cluster) { LoadReportBook(rule) }
    }
}

/// The reports of one cluster's endpoints; an endpoint's are kept as long as a worker has it.
final class LoadReportBook: Sendable {
    let rule: ClientSideWeights

    private struct Page {
        weak var reported: ReportedLoad?
    }

    private struct Pages {
        var byAddress: [EndpointAddress: Page] = [:]
        /// The count at which pages of endpoints that are gone are looked for.
        var limit = 64
    }

    private let pages = Mutex(Pages())

    init(_ rule: ClientSideWeights) {
        self.rule = rule
    }

    /// What the endpoint reports to whichever worker.
    func page(of address: EndpointAddress) -> ReportedLoad {
        pages.withLock { pages in
            if let known = pages.byAddress[address]?.reported { return known }
            if pages.byAddress.count >= pages.limit {
                pages.byAddress = pages.byAddress.filter { $0.value.reported != nil }
                pages.limit = max(64, 2 * pages.byAddress.count)
            }
            let made = ReportedLoad()
            pages.byAddress[address] = Page(reported: made)
            return made
        }
    }
}

/// Where the reports of one endpoint go.
struct LoadReportSink {
    let rule: ClientSideWeights
    let reported: ReportedLoad

    private static let binaryHeader = HeaderName("endpoint-load-metrics-bin")
    private static let header = HeaderName("endpoint-load-metrics")

    /// Takes the report that a response's headers or trailers have, gRPC's own header before the other; false if they
    /// have none that can be read.
    func take(_ headers: borrowing HeaderBlock, now: Int64) -> Bool {
        let report: LoadReport?
        if let value = headers.value(of: Self.binaryHeader) {
            report = headers.withBytes(value) { LoadReport(base64: $0, for: rule.utilizationMetrics) }
        } else if let value = headers.value(of: Self.header) {
            report = headers.withBytes(value) { LoadReport(header: $0, for: rule.utilizationMetrics) }
        } else {
            report = nil
        }
        guard let report else { return false }
        if let weight = report.weight(by: rule) { reported.note(weight: weight, now: now) }
        return true
    }
}
