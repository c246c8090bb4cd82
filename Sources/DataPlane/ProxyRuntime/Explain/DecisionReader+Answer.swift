internal import MeshTelemetry
internal import ProxyFilters
internal import ProxySnapshot

extension DecisionReader {
    /// What the caller got, with every flag in words.
    func answer(_ record: DecisionRecord, _ match: RouteReview) -> RequestDecision.Answer {
        var answer = RequestDecision.Answer()
        answer.status = record.facts.status
        answer.bytes = record.facts.responseBytes
        answer.details = record.details.isEmpty ? nil : record.details
        answer.transportFailure = record.transportFailure.isEmpty ? nil : record.transportFailure
        answer.flags = ResponseFlag.allCases.filter { record.flags.contains($0) }.map { flag in
            let more = more(flag, record, match)
            return RequestDecision.Flag(
                name: "\(flag.shortName)",
                words: more.isEmpty ? flag.words : "\(flag.words): \(more)"
            )
        }
        return answer
    }

    /// What is known beyond the flag; empty when nothing is.
    private func more(_ flag: ResponseFlag, _ record: DecisionRecord, _ match: RouteReview) -> String {
        switch flag {
        case .upstreamOverflow: overflow(record)
        case .upstreamRequestTimeout where record.facts.timeout > 0 && record.facts.timedOut:
            "\(record.facts.timeout) ms\(of(match.route.object, match.route.rule))"
        case .noHealthyUpstream: fitness(record)
        case .noRouteFound where match.route.virtualHost != nil:
            "none of virtual host \(match.route.virtualHost ?? "")"
        case .noClusterFound where !record.cluster.isEmpty: record.cluster
        case .upstreamConnectionFailure where !record.transportFailure.isEmpty: record.transportFailure
        case .upstreamRetryLimitExceeded:
            match.action?.retryPolicy.map { "\($0.retries)\(of(match.route.object, match.route.rule))" } ?? ""
        case .delayInjected where record.facts.delayMilliseconds > 0:
            "\(record.facts.delayMilliseconds) ms\(of(match.route.object, match.route.rule))"
        case .faultInjected: "status \(record.facts.status)\(of(match.route.object, match.route.rule))"
        default: ""
        }
    }

    /// `maxConnections 1 of DestinationRule default/httpbin`.
    private func overflow(_ record: DecisionRecord) -> String {
        guard let field = record.overflow else { return "" }
        guard let cluster = snapshot.cluster(named: record.cluster) else { return field }
        let limits = cluster.defaultThresholds
        // What waits, waits for a connection: its limit is a part of the answer.
        let values: [(String, UInt32)] = [
            ("maxConnections", limits.maxConnections), ("http1MaxPendingRequests", limits.maxPendingRequests),
            ("http2MaxRequests", limits.maxRequests), ("maxRetries", limits.maxRetries),
        ]
        let told = values.filter { name, limit in
            name == field || (field == "http1MaxPendingRequests" && name == "maxConnections" && limit != .max)
        }
        let text = told.map { name, limit in
            if limit != .max { return "\(name) \(limit)" }
            return name == "maxRetries" ? "the retry budget" : "\(name) without limit"
        }.joined(separator: ", ")
        return text + of(cluster.configSource.map { ConfigObjectPath($0)?.description ?? $0 }, cluster.configRule)
    }

    private func fitness(_ record: DecisionRecord) -> String {
        guard let cluster = snapshot.cluster(named: record.cluster) else { return record.cluster }
        let count = cluster.endpoints.endpoints.count
        let ejected = record.facts.ejectedHosts > 0 ? ", \(record.facts.ejectedHosts) of them were ejected" : ""
        return "\(record.cluster) has \(count) endpoint\(count == 1 ? "" : "s") now\(ejected)"
    }

    private func of(_ object: String?, _ rule: String?) -> String {
        guard let object else { return "" }
        return " of \(object)" + (rule.map { " \($0)" } ?? "")
    }
}
