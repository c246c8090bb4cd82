import MeshTelemetry

/// What `martlet explain` found out; `-o json` prints it as it is.
struct ExplainReport: Codable, Sendable, Equatable {
    /// The id asked for; nil when the last requests were.
    var requestID: String?
    /// In the order of time.
    var hops: [Hop] = []
    /// Proxies that gave no answer, and why.
    var problems: [String] = []

    /// One request at one proxy.
    struct Hop: Codable, Sendable, Equatable {
        /// `POD.NAMESPACE`.
        var proxy: String
        var direction: Direction
        var decision: RequestDecision
        /// `POD.NAMESPACE` by address, for those of the decision's addresses that are pods.
        var pods: [String: String] = [:]
        /// The objects that the decision names, by their paths in it.
        var objects: [String: RuleObject] = [:]
    }

    /// Which way the request went through the proxy.
    enum Direction: String, Codable, Sendable {
        case inbound
        case outbound
        case gateway
        case unknown
    }

    /// An object that decided something, as it is now.
    struct RuleObject: Codable, Sendable, Equatable {
        /// As the API has it; nil if nobody could be asked.
        var resourceVersion: String?
        /// The object is not there any more.
        var isGone = false
        /// `file:line:column` by rule, for objects that the files of `-f` hold; the object's own under "".
        var locations: [String: String] = [:]
    }
}

extension ExplainReport {
    /// Puts answers together: decisions become hops, everything else a problem.
    init(requestID: String?, _ answers: [ProxyAnswer]) {
        self.requestID = requestID
        var envoys: [String] = []
        for answer in answers {
            switch answer.outcome {
            case .decisions(let decisions):
                let id = decisions.proxy
                for decision in decisions.decisions {
                    let direction = Self.direction(of: id, decision.listener.name)
                    let proxy = Self.pod(of: id) ?? answer.proxy
                    hops.append(Hop(proxy: proxy, direction: direction, decision: decision))
                }
            case .envoy: envoys.append(answer.proxy)
            case .failed(let reason): problems.append("\(answer.proxy): \(reason)")
            }
        }
        if !envoys.isEmpty {
            problems.append("\(envoys.joined(separator: ", ")): \(RequestDecisions.envoyRemembersNone)")
        }
        hops.sort { ($0.decision.time, $0.proxy) < ($1.decision.time, $1.proxy) }
    }

    /// `POD.NAMESPACE` of a node id.
    private static func pod(of node: String) -> String? {
        let parts = node.split(separator: "~", omittingEmptySubsequences: false)
        return parts.count == 4 ? String(parts[2]) : nil
    }

    private static func direction(of node: String, _ listener: String) -> Direction {
        if node.hasPrefix("router~") { return .gateway }
        if listener == "virtualInbound" { return .inbound }
        return node.hasPrefix("sidecar~") ? .outbound : .unknown
    }

    /// Ids other than the one asked for, that gateways gave the same request.
    var otherIDs: Set<String> {
        guard let requestID else { return [] }
        return Set(hops.filter { $0.decision.receivedRequestID == requestID }.map(\.decision.requestID))
            .subtracting([requestID, ""])
    }

    /// Adds the hops of another report, but for those that came with the id asked for: they are there already.
    mutating func merge(_ other: ExplainReport) {
        for hop in other.hops where hop.decision.receivedRequestID != requestID { hops.append(hop) }
        for problem in other.problems where !problems.contains(problem) { problems.append(problem) }
        hops.sort { ($0.decision.time, $0.proxy) < ($1.decision.time, $1.proxy) }
    }

    /// Names the pods behind addresses.
    mutating func name(_ pods: [String: String]) {
        for index in hops.indices {
            let decision = hops[index].decision
            for address in [decision.request.caller, decision.request.destination] + decision.attempts.map(\.endpoint) {
                hops[index].pods[address] = pods[Self.host(of: address)]
            }
        }
    }

    /// `1.2.3.4` of `1.2.3.4:80`, `::1` of `[::1]:80`.
    static func host(of address: String) -> String {
        guard let colon = address.lastIndex(of: ":") else { return address }
        return address[..<colon].trimmingPrefix("[").filter { $0 != "]" }
    }
}

extension RequestDecision {
    /// The paths of the objects it names, each with the rules that it names of them.
    var objects: [String: Set<String>] {
        var found: [String: Set<String>] = [:]
        func note(_ config: String?, _ rule: String?) {
            guard let config else { return }
            found[config, default: [""]].insert(rule ?? "")
        }
        note(route.config, route.rule)
        note(cluster?.config, cluster?.rule)
        for passed in route.passedOver { note(passed.config, passed.rule) }
        return found
    }
}
