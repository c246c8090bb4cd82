import MeshTelemetry

extension ExplainReport {
    /// The report for people: a section for each hop, what decided first.
    var text: String {
        var sections: [String] = []
        for id in otherIDs.sorted() {
            sections.append("A gateway gave the request an id of its own: \(id)")
        }
        for (index, hop) in hops.enumerated() {
            let offset = index == 0 ? "" : "  " + Self.offset(hop.decision.time, hops[0].decision.time)
            sections.append(
                "\(index + 1)  \(hop.proxy)  \(hop.direction.rawValue)  \(hop.decision.time)\(offset)\n\(hop.text)"
            )
        }
        return sections.joined(separator: "\n\n")
    }

    /// `+12.345 ms` between two times of decisions.
    private static func offset(_ time: String, _ start: String) -> String {
        guard let later = microseconds(time), let earlier = microseconds(start) else { return "" }
        return "+\(Double(later - earlier) / 1000) ms"
    }

    /// Microseconds of the day; requests do not last for days.
    private static func microseconds(_ time: String) -> Int64? {
        let parts = time.dropLast().split(whereSeparator: { "T:.".contains($0) }).dropFirst().map { Int64($0) }
        guard parts.count == 4, let hours = parts[1 - 1], let minutes = parts[1], let seconds = parts[2],
            let rest = parts[3], time.hasSuffix("Z"), rest < 1_000_000
        else { return nil }
        return ((hours * 60 + minutes) * 60 + seconds) * 1_000_000 + rest
    }
}

extension ExplainReport.Hop {
    /// One line a fact; what is not known is left out.
    var text: String {
        var lines: [String] = []
        func line(_ name: String, _ value: String?) {
            guard let value, !value.isEmpty else { return }
            lines.append("   \(name)\(String(repeating: " ", count: max(1, 14 - name.count)))\(value)")
        }
        let request = decision.request
        line("request", "\(request.method) \(request.path)  \(request.protocol)  Host: \(request.authority)")
        line("caller", "\(named(request.caller)) to \(named(request.destination))")
        line("listener", decision.listener.name)
        line("filter chain", decision.listener.filterChain)
        line("route", route)
        for passed in decision.route.passedOver {
            let name = passed.name.isEmpty ? "route \(passed.position)" : passed.name
            line("not matched", "\(name)\(of(passed.object, passed.config, passed.rule)): \(passed.reason)")
        }
        cluster(line)
        for (index, attempt) in decision.attempts.enumerated() {
            let status = attempt.status.map { " \($0)" } ?? ""
            let place = "\(named(attempt.endpoint)): \(attempt.outcome)\(status)"
            line("attempt \(index + 1)", "\(place) after \(attempt.milliseconds) ms")
        }
        line("retries", retries)
        if let fault = decision.fault {
            let parts = [fault.delay.map { "delayed by \($0) ms" }, fault.abort.map { "answered \($0)" }]
            line("fault", parts.compactMap(\.self).joined(separator: ", "))
        }
        for mirror in decision.mirrors { line("mirror", mirror) }
        line("timeout", decision.timeout.map { "\($0.milliseconds) ms\($0.fired ? ", and it was over" : "")" })
        line("answer", answer)
        for flag in decision.answer.flags { line("flag", "\(flag.name): \(flag.words)") }
        line("details", decision.answer.details)
        for note in decision.notes { line("note", note) }
        return lines.joined(separator: "\n")
    }

    private var route: String? {
        let route = decision.route
        guard let host = route.virtualHost else { return route.table.map { "none, of table \($0)" } }
        guard let name = route.name else { return "none of virtual host \(host) of table \(route.table ?? "")" }
        let what = route.action.map { $0 == "forward" ? "" : ": \($0)" } ?? ""
        let shown = name.isEmpty ? route.position.map { "number \($0)" } ?? "" : name
        return
            "\(shown)\(what)\(of(route.object, route.config, route.rule)), virtual host \(host) of table \(route.table ?? "")"
    }

    private func cluster(_ line: (String, String?) -> Void) {
        guard let cluster = decision.cluster else { return }
        line("cluster", cluster.name)
        line("subset", cluster.subset)
        if let object = cluster.object { line("policy", described(object, cluster.config, cluster.rule)) }
        if let drawn = cluster.drawn, !cluster.split.isEmpty {
            var from: UInt64 = 0
            var shares: [String] = []
            for share in cluster.split {
                let end = from + UInt64(share.weight)
                let range = share.weight == 0 ? "never" : "\(from) to \(end - 1)"
                shares.append("\(range): \(share.cluster)\(share.isChosen ? " (chosen)" : "")")
                from = end
            }
            line("split", "\(drawn) was drawn; \(shares.joined(separator: "; "))")
        }
        var choice = cluster.balancing ?? ""
        if let hash = cluster.hash { choice += " by hash \(hash)" }
        if let ejected = cluster.ejectedEndpoints { choice += ", \(ejected) ejected" }
        if let skipped = cluster.skippedEndpoints { choice += ", \(skipped) drawn in vain (tried before)" }
        line("balancing", choice)
    }

    private var retries: String? {
        let retries = decision.retries
        guard retries.done > 0 || retries.stopped != nil else { return nil }
        let limit = retries.allowed.map { " of at most \($0)" } ?? ""
        return "\(retries.done)\(limit)\(retries.stopped.map { "; no more: \($0)" } ?? "")"
    }

    private var answer: String {
        let answer = decision.answer
        let status = answer.status == 0 ? "none" : "\(answer.status)"
        let head = decision.durations.response.map { ", its head after \($0) ms" } ?? ""
        return "\(status), \(answer.bytes) bytes, all over after \(decision.durations.total) ms\(head)"
    }

    private func named(_ address: String) -> String { pods[address].map { "\(address) (\($0))" } ?? address }

    private func of(_ object: String?, _ config: String?, _ rule: String?) -> String {
        object.map { " (\(described($0, config, rule)))" } ?? ""
    }

    /// `VirtualService default/reviews spec.http[1], resourceVersion 17, at reviews.yaml:12:5`.
    private func described(_ object: String, _ config: String?, _ rule: String?) -> String {
        var text = object + (rule.map { " spec.\($0)" } ?? "")
        guard let known = config.flatMap({ objects[$0] }) else { return text }
        if let version = known.resourceVersion { text += ", resourceVersion \(version) now" }
        if known.isGone { text += ", deleted since" }
        if let place = known.locations[rule ?? ""] ?? known.locations[""] { text += ", at \(place)" }
        return text
    }
}
