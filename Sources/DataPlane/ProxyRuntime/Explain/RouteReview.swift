internal import HTTPWire
internal import MeshTelemetry
internal import ProxyFilters
internal import ProxyRouting
internal import ProxySnapshot

/// The route of a remembered request, looked up once more: what it was, and why those before it were passed over.
///
/// The table in force may have changed since; then only what was written down is told, and a note says so.
struct RouteReview {
    private(set) var route = RequestDecision.Route()
    /// The forwarding action of the route, if the table is still the same.
    private(set) var action: RouteAction?
    private(set) var notes: [String] = []

    init(_ record: DecisionRecord, _ snapshot: ProxySnapshot) {
        if record.facts.isRouted {
            route.table = record.table
            route.virtualHost = record.virtualHost
            route.name = record.route
            route.config = record.configSource.isEmpty ? nil : record.configSource
            route.object = route.config.map { ConfigObjectPath($0)?.description ?? $0 }
            route.rule = record.configRule.isEmpty ? nil : record.configRule
            review(record, snapshot)
        } else if record.flags.contains(ResponseFlag.noRouteFound) {
            reviewRefusal(record, snapshot)
        }
    }

    private mutating func review(_ record: DecisionRecord, _ snapshot: ProxySnapshot) {
        guard
            let (manager, table) = Self.table(
                of: record,
                in: snapshot,
                where: { table in
                    table.name == record.table && table.revision == record.facts.tableRevision
                }
            )
        else {
            notes.append("the route table has changed since: why earlier routes did not match is not known any more")
            return
        }
        guard let host = table.virtualHosts.first(where: { $0.name == record.virtualHost }) else { return }
        guard let head = record.routedHead(by: manager) else {
            notes.append("only the beginning of the request head is remembered: it cannot be matched again")
            return take(host.routes.first { $0.name == record.route && $0.configRule == route.rule })
        }
        guard let position = RouteMatcher.firstMatch(head, host: host, random: record.facts.random),
            host.routes[position].name == record.route
        else {
            notes.append("the request does not match its route again: a header the proxy had added is not remembered")
            return take(host.routes.first { $0.name == record.route && $0.configRule == route.rule })
        }
        route.position = position
        take(host.routes[position])
        pass(over: head, host, before: position, record)
    }

    private mutating func take(_ found: Route?) {
        switch found?.action {
        case .forward(let forwarding):
            action = forwarding
            route.action = "forward"
        case .redirect: route.action = "redirect"
        case .directResponse: route.action = "direct response"
        case nil: break
        }
    }

    /// Why a request got no route at all.
    private mutating func reviewRefusal(_ record: DecisionRecord, _ snapshot: ProxySnapshot) {
        guard snapshot.generation == record.facts.tableRevision else {
            notes.append("the configuration has changed since: why no route matched is not known any more")
            return
        }
        guard let (manager, table) = Self.table(of: record, in: snapshot, where: { _ in true }) else {
            notes.append("the route table is missing")
            return
        }
        route.table = table.name
        guard let head = record.routedHead(by: manager) else { return }
        guard let position = RouteMatcher.virtualHostPosition(head, table: table) else {
            let host = head.authority.map { head.headers.string($0) } ?? ""
            notes.append("no virtual host of \(table.name) serves \"\(host)\"")
            return
        }
        let host = table.virtualHosts[position]
        route.virtualHost = host.name
        pass(over: head, host, before: host.routes.count, record)
    }

    private mutating func pass(
        over head: borrowing RequestHead,
        _ host: VirtualHost,
        before end: Int,
        _ record: DecisionRecord
    ) {
        let passed = RouteMatcher.passedOver(head, host: host, before: end, random: record.facts.random)
        route.passedOver = passed.map { passed in
            var result = RequestDecision.PassedOver(
                position: passed.position,
                name: passed.name,
                reason: passed.reason
            )
            result.config = passed.configSource
            result.object = passed.configSource.map { ConfigObjectPath($0)?.description ?? $0 }
            result.rule = passed.configRule
            return result
        }
    }

    /// The connection manager and the table that a request of this listener and chain met, if there is one such.
    private static func table(
        of record: DecisionRecord,
        in snapshot: ProxySnapshot,
        where isWanted: (RouteConfiguration) -> Bool
    ) -> (HTTPConnectionManager, RouteConfiguration)? {
        guard let listener = snapshot.listener(named: record.listener) else { return nil }
        let chains = listener.filterChains + (listener.defaultFilterChain.map { [$0] } ?? [])
        for chain in chains where chain.name == record.filterChain {
            guard case .httpConnectionManager(let manager) = chain.networkFilter,
                let table = snapshot.routeConfiguration(for: manager), isWanted(table)
            else { continue }
            return (manager, table)
        }
        return nil
    }
}
