import EnvoyAPI
import HTTPWire
import SwiftProtobuf

extension ResourceReader {
    mutating func routeAction(
        _ message: Envoy_Config_Route_V3_RouteAction,
        _ hostRetry: RetryPolicy?,
        _ match: RouteMatch,
        _ references: inout ReferencedClusters
    ) throws(InvalidResource) -> RouteAction {
        noteUnknownFields(message)
        if message.hasMetadataMatch { throw invalid("metadata_match", "endpoint subsets are not supported") }
        let target = try clusterTarget(message, &references)
        var mirrors: [MirrorPolicy] = []
        for (index, mirror) in message.requestMirrorPolicies.enumerated() {
            mirrors.append(
                try within("request_mirror_policies[\(index)]") { reader throws(InvalidResource) in
                    reader.noteUnknownFields(mirror)
                    return MirrorPolicy(
                        cluster: references.note(try reader.cluster("cluster", mirror.cluster)),
                        fraction: mirror.hasRuntimeFraction ? try reader.percent(mirror.runtimeFraction) : .hundred,
                        appendsShadowSuffix: !mirror.disableShadowHostSuffixAppend
                    )
                }
            )
        }
        var timeout: Duration? = .seconds(15)
        if message.hasTimeout { timeout = try optionalDuration("timeout", message.timeout) }
        var idle = IdleTimeout.inherited
        if message.hasIdleTimeout {
            idle = try optionalDuration("idle_timeout", message.idleTimeout).map { .after($0) } ?? .disabled
        }
        let stream = message.maxStreamDuration
        var grpcMaximum: Duration?
        if stream.hasGrpcTimeoutHeaderMax {
            grpcMaximum = try duration("grpc_timeout_header_max", stream.grpcTimeoutHeaderMax)
        } else if message.hasMaxGrpcTimeout {
            grpcMaximum = try duration("max_grpc_timeout", message.maxGrpcTimeout)
        }
        return RouteAction(
            cluster: target,
            clusterNotFoundStatus: try notFoundStatus(message.clusterNotFoundResponseCode),
            pathRewrite: try pathRewrite(message),
            hostRewrite: try hostRewrite(message),
            appendsXForwardedHost: message.appendXForwardedHost,
            timeout: timeout,
            idleTimeout: idle,
            maxStreamDuration: try optionalDuration("max_stream_duration", stream.maxStreamDuration),
            grpcTimeoutHeaderMax: grpcMaximum,
            retryPolicy: message.hasRetryPolicy ? try retryPolicy(message.retryPolicy) : hostRetry,
            mirrors: mirrors,
            hashPolicy: try each("hash_policy", message.hashPolicy) { reader, policy throws(InvalidResource) in
                try reader.hashPolicy(policy)
            }.compactMap(\.self),
            priority: message.priority == .high ? .high : .default,
            upgrades: message.upgradeConfigs.map {
                RouteUpgrade(type: $0.upgradeType.lowercased(), isEnabled: !$0.hasEnabled || $0.enabled.value)
            }
        )
    }

    private mutating func clusterTarget(
        _ message: Envoy_Config_Route_V3_RouteAction,
        _ references: inout ReferencedClusters
    ) throws(InvalidResource) -> ClusterTarget {
        switch message.clusterSpecifier {
        case .cluster(let name)?:
            return .cluster(references.note(try cluster("cluster", name)))
        case .clusterHeader(let name)?:
            return .header(try headerName("cluster_header", name))
        case .weightedClusters(let split)?:
            if split.randomValueSpecifier != nil {
                throw invalid("weighted_clusters.header_name", "is not supported")
            }
            var entries: [WeightedCluster] = []
            var total: UInt64 = 0
            for (index, entry) in split.clusters.enumerated() {
                let value = try within("weighted_clusters.clusters[\(index)]") { reader throws(InvalidResource) in
                    try reader.weightedCluster(entry, &references)
                }
                total += UInt64(value.weight)
                entries.append(value)
            }
            guard total > 0, let sum = UInt32(exactly: total) else {
                throw invalid("weighted_clusters", "the sum of weights must be 1...4294967295")
            }
            return .weighted(WeightedClusters(entries: entries, total: sum))
        case nil:
            throw invalid("cluster_specifier", "is missing or of an unsupported kind")
        }
    }

    private mutating func weightedCluster(
        _ message: Envoy_Config_Route_V3_WeightedCluster.ClusterWeight,
        _ references: inout ReferencedClusters
    ) throws(InvalidResource) -> WeightedCluster {
        noteUnknownFields(message)
        if message.hasMetadataMatch { throw invalid("metadata_match", "endpoint subsets are not supported") }
        var host: [UInt8]?
        if case .hostRewriteLiteral(let text)? = message.hostRewriteSpecifier { host = Array(text.utf8) }
        return WeightedCluster(
            cluster: references.note(try cluster("name", message.name)),
            weight: message.weight.value,
            requestHeaders: try requestHeaders(of: message),
            responseHeaders: try responseHeaders(of: message),
            hostRewrite: host,
            fault: try perRouteFilters(message.typedPerFilterConfig).fault
        )
    }

    private func pathRewrite(_ message: Envoy_Config_Route_V3_RouteAction) throws(InvalidResource) -> PathRewrite {
        guard message.hasRegexRewrite else {
            return message.prefixRewrite.isEmpty ? .none : .prefix(Array(message.prefixRewrite.utf8))
        }
        guard message.prefixRewrite.isEmpty else {
            throw invalid("regex_rewrite", "may not stand beside prefix_rewrite")
        }
        return .regex(try regexRewrite("regex_rewrite", message.regexRewrite))
    }

    private func hostRewrite(_ message: Envoy_Config_Route_V3_RouteAction) throws(InvalidResource) -> HostRewrite {
        switch message.hostRewriteSpecifier {
        case .hostRewriteLiteral(let text)?: return .literal(Array(text.utf8))
        case .autoHostRewrite(let flag)?: return flag.value ? .automatic : .none
        case .hostRewriteHeader(let name)?: return .header(try headerName("host_rewrite_header", name))
        case nil: return .none
        }
    }

    private func notFoundStatus(
        _ code: Envoy_Config_Route_V3_RouteAction.ClusterNotFoundResponseCode
    ) throws(InvalidResource) -> UInt16 {
        switch code {
        case .serviceUnavailable: return 503
        case .notFound: return 404
        case .internalServerError: return 500
        case .UNRECOGNIZED: throw invalid("cluster_not_found_response_code", "is not known")
        }
    }

    mutating func retryPolicy(_ message: Envoy_Config_Route_V3_RetryPolicy) throws(InvalidResource) -> RetryPolicy {
        noteUnknownFields(message)
        var conditions: RetryConditions = []
        for word in message.retryOn.split(whereSeparator: { $0 == "," || $0 == " " }) {
            // Envoy ignores conditions it does not know.
            if let condition = RetryConditions(named: word) {
                conditions.insert(condition)
            } else {
                warn("retry_policy.retry_on", "\"\(word)\" is not known and left out")
            }
        }
        var statuses: [UInt16] = []
        for status in message.retriableStatusCodes {
            guard let value = UInt16(exactly: status) else {
                throw invalid("retry_policy.retriable_status_codes", "\(status) is not a status")
            }
            statuses.append(value)
        }
        let base =
            message.retryBackOff.hasBaseInterval
            ? try positiveDuration("retry_back_off.base_interval", message.retryBackOff.baseInterval)
            : .milliseconds(25)
        let maximum =
            message.retryBackOff.hasMaxInterval
            ? try positiveDuration("retry_back_off.max_interval", message.retryBackOff.maxInterval) : base * 10
        guard base <= maximum else { throw invalid("retry_back_off", "max_interval is shorter than base_interval") }
        let avoids = try retryPredicates(message)
        return RetryPolicy(
            conditions: conditions,
            retries: message.hasNumRetries ? Int(message.numRetries.value) : 1,
            perTryTimeout: try optionalDuration("retry_policy.per_try_timeout", message.perTryTimeout),
            perTryIdleTimeout: try optionalDuration("retry_policy.per_try_idle_timeout", message.perTryIdleTimeout),
            retriableStatusCodes: statuses,
            retriableHeaders: try each("retriable_headers", message.retriableHeaders) {
                reader,
                matcher throws(InvalidResource) in try reader.headerMatcher(matcher)
            },
            avoidsPreviousHosts: avoids,
            hostSelectionAttempts: Int(clamping: max(1, message.hostSelectionRetryMaxAttempts)),
            previousPrioritiesFrequency: try previousPriorities(message),
            backOffBase: base,
            backOffMaximum: maximum
        )
    }

    private func retryPredicates(_ message: Envoy_Config_Route_V3_RetryPolicy) throws(InvalidResource) -> Bool {
        for predicate in message.retryHostPredicate {
            let any = predicate.typedConfig
            guard any.isA(Envoy_Extensions_Retry_Host_PreviousHosts_V3_PreviousHostsPredicate.self) else {
                throw invalid("retry_policy.retry_host_predicate", "\"\(predicate.name)\" is not supported")
            }
        }
        return !message.retryHostPredicate.isEmpty
    }

    private func previousPriorities(_ message: Envoy_Config_Route_V3_RetryPolicy) throws(InvalidResource) -> Int? {
        guard message.hasRetryPriority else { return nil }
        typealias Previous = Envoy_Extensions_Retry_Priority_PreviousPriorities_V3_PreviousPrioritiesConfig
        guard message.retryPriority.typedConfig.isA(Previous.self) else {
            throw invalid("retry_policy.retry_priority", "\"\(message.retryPriority.name)\" is not supported")
        }
        return Int(try unpack(message.retryPriority.typedConfig, Previous.self).updateFrequency)
    }
}
