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

    private(set) lazy var pool = ConnectionPool(endpoint: self)
    let worker: Worker

    init(address: SocketAddress, endpoint: Endpoint?, cluster: UpstreamCluster, worker: Worker) {
        self.address = address
        self.endpoint = endpoint
        self.cluster = cluster
        self.worker = worker
        hostname = endpoint?.hostname ?? ""
        addressText = ContiguousArray(address.ipText.utf8)
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

    /// Counts a request that the route's timeout ended, which is an error with status 504 as well.
    package func addTimeout() {
        requestTimeout &+= 1
        addOutcome(status: 504)
    }

    /// Counts a try that broke off without a response.
    package func addReset(_ reason: UpstreamReset) { addOutcome(status: 0) }

    /// Counts a final response or, with status 0, a reset.
    @inline(__always)
    package func addOutcome(status: UInt16) {
        if status >= 200, status < 500 { requestSuccess &+= 1 } else { requestError &+= 1 }
        if status != 0 { cluster.counters.addResponse(status: status) }
    }
}
