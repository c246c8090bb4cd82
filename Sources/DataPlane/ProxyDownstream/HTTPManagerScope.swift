package import ProxyFilters
package import ProxySnapshot
package import ProxyUpstream

/// The counters of a connection manager on each worker, under Envoy's names (`http.PREFIX.NAME`).
package enum DownstreamStatistic: UInt8, CaseIterable, Sendable {
    case connectionTotal
    case connectionActive
    case connectionDestroy
    case connectionIdleTimeout
    case connectionProtocolError
    case connectionMaxDurationReached
    case connectionReceivedBytes
    case connectionSentBytes
    case requestTotal
    case requestActive
    case requestCompleted
    case requestTimeout
    case requestIdleTimeout
    case requestResetTotal
    case requestHTTP1Total
    case request1xx
    case request2xx
    case request3xx
    case request4xx
    case request5xx
    case noRoute
    case noCluster
    case faultDelaysInjected
    case faultAbortsInjected
    case faultActive
    case originValid
    case originInvalid

    package var name: String {
        switch self {
        case .connectionTotal: "downstream_cx_total"
        case .connectionActive: "downstream_cx_active"
        case .connectionDestroy: "downstream_cx_destroy"
        case .connectionIdleTimeout: "downstream_cx_idle_timeout"
        case .connectionProtocolError: "downstream_cx_protocol_error"
        case .connectionMaxDurationReached: "downstream_cx_max_duration_reached"
        case .connectionReceivedBytes: "downstream_cx_rx_bytes_total"
        case .connectionSentBytes: "downstream_cx_tx_bytes_total"
        case .requestTotal: "downstream_rq_total"
        case .requestActive: "downstream_rq_active"
        case .requestCompleted: "downstream_rq_completed"
        case .requestTimeout: "downstream_rq_timeout"
        case .requestIdleTimeout: "downstream_rq_idle_timeout"
        case .requestResetTotal: "downstream_rq_rx_reset"
        case .requestHTTP1Total: "downstream_rq_http1_total"
        case .request1xx: "downstream_rq_1xx"
        case .request2xx: "downstream_rq_2xx"
        case .request3xx: "downstream_rq_3xx"
        case .request4xx: "downstream_rq_4xx"
        case .request5xx: "downstream_rq_5xx"
        case .noRoute: "no_route"
        case .noCluster: "no_cluster"
        case .faultDelaysInjected: "fault.delays_injected"
        case .faultAbortsInjected: "fault.aborts_injected"
        case .faultActive: "fault.active_faults"
        case .originValid: "cors.origin_valid"
        case .originInvalid: "cors.origin_invalid"
        }
    }

    package var isGauge: Bool {
        switch self {
        case .connectionActive, .requestActive, .faultActive: true
        default: false
        }
    }
}

/// A connection manager made ready for one worker: its settings in the units used, its logs and its counters.
package final class HTTPManagerScope {
    package let manager: HTTPConnectionManager
    package let counters: DownstreamCounters
    let serverName: ContiguousArray<UInt8>
    let router: Router
    /// The filters that may refuse a request before it is routed, in order.
    let gates: [RequestGate]
    /// Whether the chain has the fault filter, and what it does where a route says nothing.
    let injectsFaults: Bool
    let fault: HTTPFault?
    /// Whether the chain has the CORS filter.
    let appliesCORS: Bool
    let logs: AccessLogs
    let bufferLimit: Int
    let idleTimeout: Int64?
    let streamIdleTimeout: Int64?
    let requestTimeout: Int64?
    let requestHeadersTimeout: Int64?
    let maxStreamDuration: Int64?
    let maxConnectionDuration: Int64?
    let delayedCloseTimeout: Int64?

    init(_ manager: HTTPConnectionManager, counters: DownstreamCounters, logs: AccessLogs, bufferLimit: Int) {
        self.manager = manager
        self.counters = counters
        self.logs = logs
        self.bufferLimit = bufferLimit
        serverName = ContiguousArray(manager.serverName.utf8)
        router = Router(manager)
        var faults = (isThere: false, fault: HTTPFault?.none)
        var appliesCORS = false
        for filter in manager.httpFilters {
            switch filter {
            case .fault(let fault): faults = (true, fault)
            case .cors: appliesCORS = true
            case .router, .authorization, .tokens, .externalAuthorization: break
            }
        }
        gates = RequestGate.gates(of: manager, counters: counters.filters)
        injectsFaults = faults.isThere
        fault = faults.fault
        self.appliesCORS = appliesCORS
        idleTimeout = manager.idleTimeout.map(\.wholeMilliseconds)
        streamIdleTimeout = manager.streamIdleTimeout.map(\.wholeMilliseconds)
        requestTimeout = manager.requestTimeout.map(\.wholeMilliseconds)
        requestHeadersTimeout = manager.requestHeadersTimeout.map(\.wholeMilliseconds)
        maxStreamDuration = manager.maxStreamDuration.map(\.wholeMilliseconds)
        maxConnectionDuration = manager.maxConnectionDuration.map(\.wholeMilliseconds)
        delayedCloseTimeout = manager.delayedCloseTimeout.map(\.wholeMilliseconds)
    }
}

/// A worker's counters of one statistics prefix; connections of a replaced manager go on counting here.
package final class DownstreamCounters {
    package let prefix: String
    package private(set) var table = CounterTable<DownstreamStatistic>()
    /// What filters count under names of their own.
    package let filters = NamedCounters()

    package init(prefix: String) { self.prefix = prefix }

    @inline(__always)
    func add(_ statistic: DownstreamStatistic, _ amount: UInt64 = 1) { table.add(statistic, amount) }

    @inline(__always)
    func subtract(_ statistic: DownstreamStatistic) { table.subtract(statistic) }

    @inline(__always)
    func addResponse(status: UInt16) {
        table.add(.requestCompleted)
        switch status {
        case ..<200: table.add(.request1xx)
        case ..<300: table.add(.request2xx)
        case ..<400: table.add(.request3xx)
        case ..<500: table.add(.request4xx)
        default: table.add(.request5xx)
        }
    }
}
