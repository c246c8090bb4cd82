internal import ProxyFilters
internal import ProxySnapshot

/// What a snapshot asks for and the engine does not do yet, by name: nothing that was accepted is left out silently.
enum UnservedFeatures {
    /// One line for each feature of each resource, in order of names.
    static func found(in snapshot: ProxySnapshot) -> [String] {
        var lines: Set<String> = []
        for listener in snapshot.listeners {
            if listener.listenerFilters.contains(.originalSource) {
                lines.insert("listener \(listener.name): original_src is not done, workloads see the proxy's address")
            }
            for chain in listener.filterChains + (listener.defaultFilterChain.map { [$0] } ?? []) {
                collect(chain, listener, &lines)
            }
        }
        for table in snapshot.routeConfigurations { collect(table, &lines) }
        for cluster in snapshot.clusters { collect(cluster, &lines) }
        return lines.sorted()
    }

    private static func collect(_ chain: FilterChain, _ listener: Listener, _ lines: inout Set<String>) {
        let owner = "listener \(listener.name)"
        switch chain.networkFilter {
        case .tcpProxy(let proxy): collect(proxy.accessLogs, owner, &lines)
        case .httpConnectionManager(let manager):
            if !manager.upgradeTypes.isEmpty {
                lines.insert("\(owner): upgrade_configs \(manager.upgradeTypes) are served without upgrade")
            }
            collect(manager.accessLogs, owner, &lines)
            if manager.codec == .http2 { lines.insert("\(owner): codec_type HTTP2 is not served") }
            if manager.stripsAnyHostPort { lines.insert("\(owner): strip_any_host_port is not done") }
            if case .inline(let table) = manager.routeSource { collect(table, &lines) }
        }
        collect(listener.accessLogs, owner, &lines)
        if listener.accessLogs.contains(where: { $0.responseFlags != ["NR"] }) {
            lines.insert("\(owner): access_log of the listener has connections without filter chain (NR) only")
        }
    }

    private static func collect(_ logs: [AccessLog], _ owner: String, _ lines: inout Set<String>) {
        for problem in logs.compactMap(AccessLogs.problem) {
            lines.insert("\(owner): no access log is written: \(problem)")
        }
    }

    private static func collect(_ table: RouteConfiguration, _ lines: inout Set<String>) {
        for host in table.virtualHosts {
            for route in host.routes {
                let owner = "route \(table.name)/\(host.name)/\(route.name)"
                guard case .forward(let action) = route.action else { continue }
                collect(action, owner, &lines)
            }
        }
    }

    private static func collect(_ action: RouteAction, _ owner: String, _ lines: inout Set<String>) {
        if action.priority == .high { lines.insert("\(owner): priority HIGH counts as DEFAULT") }
        if action.retryPolicy?.perTryIdleTimeout != nil {
            lines.insert("\(owner): per_try_idle_timeout of retry_policy is not done")
        }
    }

    private static func collect(_ cluster: Cluster, _ lines: inout Set<String>) {
        let owner = "cluster \(cluster.name)"
        switch cluster.kind {
        case .strictDNS(let options), .logicalDNS(let options):
            // One line for all of them: every external service by name is such a cluster.
            if options.respectsTTL {
                lines.insert("respect_dns_ttl: names are looked up at dns_refresh_rate, not when their TTL ends")
            }
        case .eds, .static, .originalDestination: break
        }
        if cluster.upstreamProtocol == .http2 { lines.insert("\(owner): HTTP/2 upstream is spoken to by HTTP/1.1") }
        if cluster.highThresholds != CircuitBreakerThresholds(), cluster.highThresholds != cluster.defaultThresholds {
            lines.insert("\(owner): circuit breakers of priority HIGH are not counted")
        }
    }
}
