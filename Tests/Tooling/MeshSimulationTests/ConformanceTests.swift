import Foundation
import MeshConfig
import MeshModel
import MeshSimulation
import Testing

/// Every row of the conformance table, in memory.
@Suite struct ConformanceTests {
    @Test func tableIsThere() {
        #expect(!ConformanceTable.names.isEmpty)
    }

    @Test(arguments: ConformanceTable.names)
    func everyKeyIsLookedAt(name: String) throws {
        for row in try ConformanceTable(name).cases {
            #expect(row.unknownKeys.isEmpty, "\(name), case \"\(row.name)\"")
        }
    }

    @Test(arguments: ConformanceTable.names)
    func agreesWithTheTable(name: String) throws {
        let table = try ConformanceTable(name)
        var proxies: [String: ProxySimulation] = [:]
        var report: [String] = []
        for row in table.cases where !row.skipped {
            let proxy = try proxies[row.pod] ?? simulation(of: row.pod, in: table)
            proxies[row.pod] = proxy
            let result = proxy.result(of: row.call, now: Int64(Date().timeIntervalSince1970))
            report += differences(row, result, table).map { "\(name), case \"\(row.name)\": \($0)" }
        }
        let text = report.joined(separator: "\n")
        #expect(report.isEmpty, "\n\(text)")
    }

    private func simulation(of pod: String, in table: ConformanceTable) throws -> ProxySimulation {
        let caller = try CallerResolution(
            from: pod,
            method: "GET",
            url: "http://x",
            headers: [],
            in: table.configuration
        )
        var node = caller.node
        if !table.identities { node.metadata["TLS_IDENTITY"] = .string("false") }
        let simulation = ProxySimulation(table.configuration, node: node)
        #expect(simulation.rejections.isEmpty, "\(table.name): our proxy refuses what is generated")
        return simulation
    }

    private func differences(
        _ row: ConformanceCase,
        _ result: CallResult,
        _ table: ConformanceTable
    ) -> [String] {
        var found: [String] = []
        func same<Value: Equatable>(_ key: String, _ got: Value, _ want: Value) {
            if got != want { found.append("\(key): expected \(want), got \(got)") }
        }
        let expect = row.expect
        if expect.isRefused, expect.error.isEmpty {
            if result.error == .none, result.explain.verdict != .denied { found.append("expected to be refused") }
        } else {
            same("error", result.error.rawValue, expect.error)
        }
        found += admission(expect, result, isGuarded: table.identities)
        if let seen = expect.seenTLS {
            found += result.explain.destinations.flatMap(\.endpoints).flatMap { seen.differences($0.tls) }
        }
        let got = [
            "cluster": result.cluster.isEmpty ? "none" : result.cluster, "route": result.route,
            "virtualHost": result.virtualHost, "listener": result.listener, "filterChain": result.filterChain,
            "seen.path": result.explain.upstreamPath ?? "", "seen.host": result.explain.upstreamHost ?? "",
        ]
        for (key, want) in expect.texts.sorted(by: { $0.key < $1.key }) { same(key, got[key] ?? "", want) }
        if let status = result.explain.status, let want = expect.status { same("status", status, want) }
        let clusters = Dictionary(result.explain.destinations.map { ($0.cluster, $0.share) }, uniquingKeysWith: +)
        found += shares("clusters", clusters, expect.clusters)
        var servers: [String: Double] = [:]
        for endpoint in result.explain.destinations.flatMap(\.endpoints) {
            let behind = table.servers(endpoint)
            for server in behind { servers[server, default: 0] += endpoint.share / Double(behind.count) }
        }
        found += shares("upstreams", servers, expect.upstreams)
        let named = expect.upstream.filter { $0 != "none" }
        if !named.isEmpty, !servers.isEmpty, !named.contains(where: { servers[$0, default: 0] > 0 }) {
            found.append("upstream: expected one of \(named), got \(servers.keys.sorted())")
        }
        found += headers("seen.headers", result.explain.requestHeaders, expect.seenHeaders)
        found += headers("headers", result.explain.responseHeaders, expect.headers)
        return found
    }

    /// Compares what authorization and tokens say.
    private func admission(_ expect: ConformanceExpectation, _ result: CallResult, isGuarded: Bool) -> [String] {
        let explain = result.explain
        let named = expect.upstream.filter { $0 != "none" }
        let told = explain.message ?? "no reason"
        var found: [String] = []
        if explain.verdict == .denied {
            if !named.isEmpty { found.append("expected to reach \(named), but \(told)") }
            if let status = expect.status, status < 400 { found.append("expected status \(status), but \(told)") }
        } else if explain.verdict != .asked, result.error == .none {
            // What the servers themselves answer names them; who they are asked of by others is not simulated.
            let isDenied = expect.status == 401 || (expect.status == 403 && explain.reason != "fault")
            if isDenied, named.isEmpty, explain.status == nil { found.append("expected to be denied") }
            if expect.isClosed, isGuarded { found.append("expected a closed connection") }
        }
        if let details = explain.details, !expect.details.isEmpty, !expect.details.contains(details) {
            found.append("details: expected \(expect.details), got \(details)")
        }
        if let body = explain.body, let want = expect.body, body != want {
            found.append("body: expected \(want), got \(body)")
        }
        return found
    }

    /// Compares the headers that the route sets; the others are the proxy's.
    private func headers(_ key: String, _ got: [String: String], _ want: [String: [String]]) -> [String] {
        want.sorted { $0.key < $1.key }.compactMap { name, values in
            guard let found = got[name.lowercased()], values != ["present"] else { return nil }
            // What the upstream itself answers comes before what the route adds.
            if values.joined(separator: ",").hasSuffix(found) { return nil }
            return "\(key): \(name): expected \(values), got \(found)"
        }
    }

    private func shares(_ key: String, _ got: [String: Double], _ want: [String: Double]) -> [String] {
        want.sorted { $0.key < $1.key }.compactMap { name, share in
            let found = got[name, default: 0]
            return abs(found - share) < 0.02 ? nil : "\(key): expected \(share) for \(name), got \(found)"
        }
    }
}
