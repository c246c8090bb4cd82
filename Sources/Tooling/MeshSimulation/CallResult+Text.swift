extension CallResult {
    /// The result for people: what was matched at each step, and what would be done.
    package var text: String {
        var lines: [String] = []
        func line(_ name: String, _ value: String?) {
            guard let value, !value.isEmpty else { return }
            lines.append(name + String(repeating: " ", count: max(1, 15 - name.count)) + value)
        }
        line("error", error.rawValue)
        line("reason", explain.reason.map { "\($0): \(explain.message ?? "")" })
        line("listener", listener)
        line("filter chain", filterChain)
        line("transport", explain.transport.map { $0 + (explain.peer.map { " from \($0)" } ?? "") })
        for verdict in explain.verdicts { line("authorization", verdict.text) }
        line("verdict", explain.verdict.map { $0.rawValue + (explain.details.map { "  (\($0))" } ?? "") })
        line("route config", routeConfig)
        line("virtual host", virtualHost)
        line("route", routeText)
        line("answer", explain.status.map { String($0) })
        line("location", explain.redirect)
        for destination in explain.destinations {
            line("cluster", "\(destination.cluster)  \(Self.percent(destination.share))")
            line("  subset", destination.subset)
            line("  tls", destination.tls?.text)
            for endpoint in destination.endpoints {
                let place = endpoint.locality.isEmpty ? "" : "  \(endpoint.locality), priority \(endpoint.priority)"
                line("  endpoint", "\(endpoint.address)  \(Self.percent(endpoint.share))  \(endpoint.workload)\(place)")
                line("    tls", endpoint.tls?.text)
            }
        }
        line("path", explain.upstreamPath)
        line("host", explain.upstreamHost)
        for header in explain.requestHeaders.sorted(by: { $0.key < $1.key }) {
            line("request header", "\(header.key): \(header.value)")
        }
        line("removed", explain.requestHeadersRemoved.joined(separator: ", "))
        for header in explain.responseHeaders.sorted(by: { $0.key < $1.key }) {
            line("response header", "\(header.key): \(header.value)")
        }
        if !explain.destinations.isEmpty, !virtualHost.isEmpty { line("timeout", explain.timeout ?? "none") }
        line("retries", explain.retries)
        line("mirror", explain.mirrors.joined(separator: ", "))
        line("fault", explain.fault)
        for policy in explain.policies {
            let place = [policy.object, policy.rule, policy.location.map { "at \($0)" }].compactMap(\.self)
            line(policy.name, policy.value + (place.isEmpty ? "" : "  (\(place.joined(separator: " ")))"))
        }
        for passed in explain.passedOver { line("not matched", passed) }
        for note in explain.notes { line("note", note) }
        for arrival in explain.arrivals {
            lines.append("at \(arrival.workload)")
            lines += arrival.result.text.split(separator: "\n").map { "  \($0)" }
        }
        return lines.joined(separator: "\n")
    }

    private var routeText: String {
        let rule = explain.rule.map { " \($0)" } ?? ""
        let parts = [
            route, explain.object.map { "(\($0)\(rule))" } ?? "", explain.location.map { "at \($0)" } ?? "",
        ]
        return parts.filter { !$0.isEmpty }.joined(separator: " ")
    }

    /// A share as a percentage with at most one decimal.
    private static func percent(_ share: Double) -> String {
        let tenths = Int((share * 1000).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10) %" : "\(tenths / 10).\(tenths % 10) %"
    }
}
