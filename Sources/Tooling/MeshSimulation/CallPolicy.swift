import MeshConfig
import MeshModel
import XDSGeneration

/// Something that shapes a call, and the rule that gives it.
package struct CallPolicy: Codable, Sendable, Hashable {
    /// `timeout`, `retries`, `outlierDetection` ...
    package var name: String
    /// In words.
    package var value: String
    /// The cluster it is for; nil for what the route says.
    package var cluster: String?
    /// `DestinationRule default/reviews`; nil for a default.
    package var object: String?
    /// `spec.subsets[0].trafficPolicy.outlierDetection`.
    package var rule: String?
    /// `file:line:column`.
    package var location: String?
}

extension ProxySimulation {
    /// What an HTTP rule says beyond where the call goes.
    func policies(of rule: HTTPRoute, object: ObjectKey, path: String) -> [CallPolicy] {
        func policy(_ name: String, _ value: String?) -> CallPolicy? {
            value.map {
                CallPolicy(
                    name: name,
                    value: $0,
                    object: object.description,
                    rule: "spec.\(path).\(name)",
                    location: rule.source?.description
                )
            }
        }
        return [
            policy("timeout", rule.timeout.map { "\($0)" }),
            policy("retries", rule.retries?.words),
            policy("fault", rule.fault?.words),
            policy(
                "mirror",
                rule.mirror.map { "\($0.words) \(rule.mirrorPercentage?.value ?? Double(rule.mirrorPercent ?? 100)) %" }
            ),
            policy(
                "mirrors",
                rule.mirrors.isEmpty
                    ? nil
                    : rule.mirrors.map { "\($0.destination.words) \($0.percentage?.value ?? 100) %" }.joined(
                        separator: ", "
                    )
            ),
            policy("corsPolicy", rule.corsPolicy?.words),
        ].compactMap(\.self)
    }

    /// What the DestinationRule behind a cluster says.
    func policies(ofCluster name: String) -> [CallPolicy] {
        guard let parts = ClusterName.parseOutbound(name) else { return [] }
        let rule = configuration.mesh.scope(for: node).destinationPolicy(for: Hostname(parts.host))
        let effective = TrafficPolicy.effective(
            rule,
            subset: parts.subset,
            port: parts.port,
            defaults: configuration.mesh.mesh.defaultTrafficPolicy
        )
        guard let effective else { return [] }
        let values: [(TrafficPolicyBlock, String?)] = [
            (.loadBalancer, effective.loadBalancer?.words), (.connectionPool, effective.connectionPool?.words),
            (.outlierDetection, effective.outlierDetection?.words), (.retryBudget, effective.retryBudget?.words),
            (.tls, effective.tls?.words),
        ]
        return values.compactMap { block, value in
            guard let value else { return nil }
            var policy = CallPolicy(name: block.rawValue, value: value, cluster: name)
            if let part = rule?.part(of: block, subset: parts.subset, port: parts.port) {
                policy.object = part.object.description
                policy.rule = "spec.\(part.path)"
                policy.location = part.location?.description
            } else {
                policy.object = "MeshConfig"
                policy.rule = "defaultTrafficPolicy.\(block.rawValue)"
            }
            return policy
        }
    }
}

/// Joins `name value` pairs; what has no value is left out.
private func words(_ parts: [(String, String?)]) -> String {
    parts.compactMap { name, value in value.map { name.isEmpty ? $0 : "\(name) \($0)" } }.joined(separator: ", ")
}

private func text(_ value: (some Any)?) -> String? { value.map { "\($0)" } }

/// Istio's numbers for which 0 is "not written".
private func limit(_ value: Int32) -> String? { value > 0 ? "\(value)" : nil }

extension Destination {
    fileprivate var words: String {
        host + (subset.isEmpty ? "" : " subset \(subset)") + (port.map { ":\($0.number)" } ?? "")
    }
}

extension HTTPRetry {
    fileprivate var words: String {
        guard attempts > 0 else { return "none" }
        return MeshSimulation.words([
            ("attempts", "\(attempts)"), ("on", retryOn.isEmpty ? "Istio's default conditions" : retryOn),
            ("each at most", text(perTryTimeout)), ("back-off from", text(backoff ?? .milliseconds(25))),
            ("", retryIgnorePreviousHosts == false ? "hosts tried before may be tried again" : nil),
            ("", retryRemoteLocalities == true ? "other localities too" : nil),
        ])
    }
}

extension HTTPFaultInjection {
    fileprivate var words: String {
        MeshSimulation.words([
            (
                "delay",
                delay.map { "\($0.fixedDelay ?? .zero) for \($0.percentage?.value ?? Double($0.percent ?? 0)) %" }
            ),
            (
                "abort",
                abort.map { abort in
                    let status = abort.httpStatus.map { "\($0)" } ?? abort.grpcStatus.map { "gRPC \($0)" } ?? "?"
                    return "\(status) for \(abort.percentage?.value ?? 100) %"
                }
            ),
        ])
    }
}

extension CorsPolicy {
    fileprivate var words: String {
        let origins = allowOrigins.map { match in
            switch match {
            case .exact(let text): text
            case .prefix(let text): "\(text)*"
            case .regex(let text): "regex \(text)"
            case .present: "any"
            }
        }
        return MeshSimulation.words([
            ("origins", (origins + allowOrigin).joined(separator: " ")),
            ("methods", allowMethods.isEmpty ? nil : allowMethods.joined(separator: " ")),
            ("headers", allowHeaders.isEmpty ? nil : allowHeaders.joined(separator: " ")),
            ("for", text(maxAge)), ("credentials", text(allowCredentials)),
        ])
    }
}

extension LoadBalancerSettings {
    fileprivate var words: String {
        MeshSimulation.words([
            ("", simple.map(\.rawValue)), ("hash of", consistentHash.map(\.words)),
            ("slow start", text(warmup?.duration ?? warmupDurationSecs)),
            ("", localityLbSetting.map(\.words)),
        ])
    }
}

extension ConsistentHashLB {
    fileprivate var words: String {
        let key =
            switch hashKey {
            case .httpHeaderName(let name): "header \(name)"
            case .httpCookie(let cookie): "cookie \(cookie.name)\(cookie.ttl == nil ? "" : ", made when absent")"
            case .useSourceIp: "the caller's address"
            case .httpQueryParameterName(let name): "query parameter \(name)"
            case nil: "nothing"
            }
        switch hashAlgorithm {
        case .maglev: return "\(key) by MAGLEV"
        case .ringHash, nil: return "\(key) by RING_HASH"
        }
    }
}

extension LocalityLbSetting {
    fileprivate var words: String {
        if enabled == false { return "localities do not count" }
        let shares = distribute.map {
            "from \($0.from) to \($0.to.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value) %" })"
        }
        let regions = failover.map { "from \($0.from) to \($0.to)" }
        return MeshSimulation.words([
            ("distribute", shares.isEmpty ? nil : shares.joined(separator: "; ")),
            ("failover", regions.isEmpty ? nil : regions.joined(separator: "; ")),
            ("failoverPriority", failoverPriority.isEmpty ? nil : failoverPriority.joined(separator: " ")),
        ])
    }
}

extension ConnectionPoolSettings {
    fileprivate var words: String {
        MeshSimulation.words([
            ("maxConnections", tcp.flatMap { limit($0.maxConnections) }), ("connectTimeout", text(tcp?.connectTimeout)),
            ("maxConnectionDuration", text(tcp?.maxConnectionDuration)),
            ("http1MaxPendingRequests", http.flatMap { limit($0.http1MaxPendingRequests) }),
            ("http2MaxRequests", http.flatMap { limit($0.http2MaxRequests) }),
            ("maxRequestsPerConnection", http.flatMap { limit($0.maxRequestsPerConnection) }),
            ("maxRetries", http.flatMap { limit($0.maxRetries) }),
            ("idleTimeout", text(http?.idleTimeout ?? tcp?.idleTimeout)),
        ])
    }
}

extension OutlierDetection {
    fileprivate var words: String {
        MeshSimulation.words([
            (
                "consecutive5xxErrors",
                "\(consecutive5xxErrors ?? (consecutiveErrors > 0 ? UInt32(clamping: consecutiveErrors) : 5))"
            ),
            ("consecutiveGatewayErrors", text(consecutiveGatewayErrors)),
            ("consecutiveLocalOriginFailures", text(consecutiveLocalOriginFailures)),
            ("interval", text(interval ?? .seconds(10))), ("baseEjectionTime", text(baseEjectionTime ?? .seconds(30))),
            ("maxEjectionPercent", limit(maxEjectionPercent) ?? "10"), ("minHealthPercent", limit(minHealthPercent)),
        ])
    }
}

extension ClientTLSSettings {
    fileprivate var words: String {
        MeshSimulation.words([
            ("", mode.rawValue), ("SNI", sni.isEmpty ? nil : sni),
            ("credential", credentialName.isEmpty ? nil : credentialName),
            ("names", subjectAltNames.isEmpty ? nil : subjectAltNames.joined(separator: " ")),
            ("", insecureSkipVerify == true ? "the server is not verified" : nil),
        ])
    }
}

extension RetryBudget {
    fileprivate var words: String { "\(percent ?? 20) % of active requests, at least \(minRetryConcurrency ?? 3)" }
}
