package import HTTPWire
package import NIOCore
internal import ProxyBalancing
package import ProxySnapshot

/// One endpoint of a cluster as one worker sees it: its pool and what is counted about it.
package final class UpstreamEndpoint {
    package let address: SocketAddress
    /// The host name for automatic host rewrites; empty if the endpoint has none.
    package let hostname: String
    /// The address as `%UPSTREAM_HOST%` prints it.
    package let addressText: ContiguousArray<UInt8>
    package let cluster: UpstreamCluster
    /// What the resource said about it; nil for endpoints made from original destinations.
    package internal(set) var endpoint: Endpoint?
    /// Requests waiting or in flight.
    package private(set) var activeRequests = 0
    package private(set) var requestTotal: UInt64 = 0
    package private(set) var requestSuccess: UInt64 = 0
    package private(set) var requestError: UInt64 = 0
    package private(set) var requestTimeout: UInt64 = 0
    package var connectionTotal: UInt64 = 0
    package var connectionConnectFail: UInt64 = 0
    package var connectionActive = 0
    /// What the balancer counts about it; nil for endpoints made from original destinations.
    var load: EndpointLoad?
    /// What outlier detection counts about it, for all workers; nil if the cluster has none.
    private let monitor: OutlierMonitor?
    private let outliers: OutlierWatch?
    /// Where its reports go; nil if the cluster reads none.
    let reports: LoadReportSink?
    /// Whether its responses say more than that they came.
    package let isWatched: Bool
    private let key: EndpointAddress
    /// How bytes to it are protected, by what cluster and metadata say; another protection is another endpoint.
    package let transportSocket: TransportSocket

    private(set) lazy var pool = ConnectionPool(endpoint: self)
    let worker: Worker

    init(
        address: SocketAddress,
        endpoint: Endpoint?,
        cluster: UpstreamCluster,
        worker: Worker,
        outliers: OutlierWatch? = nil,
        reports: LoadReportBook? = nil
    ) {
        self.address = address
        self.endpoint = endpoint
        self.cluster = cluster
        self.worker = worker
        hostname = endpoint?.hostname ?? ""
        addressText = ContiguousArray(address.ipText.utf8)
        self.outliers = outliers
        key = endpoint?.address ?? .pipe("")
        let key = key
        monitor = outliers?.join(key)
        transportSocket = cluster.cluster.transportSocket(for: endpoint?.metadata)
        self.reports = reports.map { LoadReportSink(rule: $0.rule, reported: $0.page(of: key)) }
        isWatched = outliers != nil || reports != nil
    }

    /// What of the choices it gets, by the assignment or by its own reports.
    package var weight: UInt32 { load?.weight ?? 1 }

    /// Whether outlier detection keeps it out of rotation, for the whole proxy.
    package var isEjected: Bool { monitor?.isEjected ?? false }

    /// Takes the load report of a response, from its headers or trailers; false if there is none that can be read.
    package func takeLoadReport(_ headers: borrowing HeaderBlock) -> Bool {
        reports?.take(headers, now: worker.now) ?? false
    }

    @inline(__always)
    func beginRequest() {
        activeRequests &+= 1
        requestTotal &+= 1
        cluster.counters.add(.upstreamRequestActive)
        cluster.counters.add(.upstreamRequestTotal)
        load?.requestBegan()
    }

    @inline(__always)
    func endRequest() {
        activeRequests &-= 1
        cluster.counters.subtract(.upstreamRequestActive)
        load?.requestEnded()
    }

    /// Counts a final response.
    ///
    /// `grpcStatus` is the HTTP status that a gRPC response stands for, which is what outlier detection goes by.
    @inline(__always)
    package func addOutcome(status: UInt16, grpcStatus: UInt16? = nil) {
        if status >= 200, status < 500 { requestSuccess &+= 1 } else { requestError &+= 1 }
        cluster.counters.addResponse(status: status)
        guard let monitor, let outliers else { return }
        let counted = grpcStatus ?? outliers.detector.limits.counted(status)
        outliers.note(.response(status: counted), monitor, at: key)
    }

    /// Counts an exchange that broke off, or never got a connection.
    package func addReset(_ reason: UpstreamReset) {
        requestError &+= 1
        // A full cluster says nothing about its endpoint.
        guard reason != .overflow else { return }
        observe(.connectFailed)
    }

    /// Counts a request that a timeout ended: before its response began it is an error with status 504 as well.
    ///
    /// `hadConnection` is false while the request was waiting for one: no endpoint is to blame then, as in Envoy.
    package func addTimeout(beforeResponse: Bool = true, hadConnection: Bool = true) {
        requestTimeout &+= 1
        guard beforeResponse else { return }
        requestError &+= 1
        cluster.counters.addResponse(status: 504)
        if hadConnection { observe(.timeout) }
    }

    /// A request got a connection.
    @inline(__always)
    func addConnected() { observe(.connected) }

    /// A connection without a protocol that would say more: TCP.
    package func addTCPConnected() { observe(.connectedFinally) }

    /// A connect for TCP failed.
    package func addTCPConnectFailure(_ reason: UpstreamReset) {
        switch reason {
        case .connectionTimeout: observe(.timeout)
        case .remoteConnectionFailure, .tlsFailure, .connectionTermination, .protocolError: observe(.connectFailed)
        // The fault lies on this side.
        case .localConnectionFailure, .overflow: break
        }
    }

    @inline(__always)
    private func observe(_ result: OutlierResult) {
        guard let monitor else { return }
        outliers?.note(result, monitor, at: key)
    }
}
