package import ProxySnapshot
package import ProxyUpstream

/// Where access log lines of one worker go.
package final class AccessLogSinks {
    package init() {}
}

/// The access logs of one connection manager on one worker.
package final class AccessLogs {
    package let wantsWallTime = false
    package let wantsResponseHeaders = false

    package init(_ logs: [AccessLog], sinks: AccessLogSinks) {}

    /// Writes the line of a finished request.
    package func log(_ context: RequestContext, facts: DownstreamFacts, exchange: UpstreamExchange, worker: Worker) {}
}
