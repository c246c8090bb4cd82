/// What went wrong with a request, as Envoy's access log and `response_flags` label abbreviate it.
///
/// Source: Envoy 1.40, `%RESPONSE_FLAGS%`. The order of cases is the order in which Envoy prints several.
package enum ResponseFlag: UInt8, CaseIterable, Sendable {
    case failedLocalHealthCheck
    case noHealthyUpstream
    case upstreamRequestTimeout
    case localReset
    case upstreamRemoteReset
    case upstreamConnectionFailure
    case upstreamConnectionTermination
    case upstreamOverflow
    case noRouteFound
    case delayInjected
    case faultInjected
    case rateLimited
    case unauthorizedExternalService
    case rateLimitServiceError
    case downstreamConnectionTermination
    case upstreamRetryLimitExceeded
    case streamIdleTimeout
    case invalidEnvoyRequestHeaders
    case downstreamProtocolError
    case upstreamMaxStreamDurationReached
    case responseFromCacheFilter
    case noFilterConfigFound
    case durationTimeout
    case upstreamProtocolError
    case noClusterFound
    case overloadManagerTerminated
    case dnsResolutionFailed
    case dropOverLoad
    case downstreamRemoteReset
    case unconditionalDropOverload

    /// The abbreviation.
    package var shortName: StaticString {
        switch self {
        case .failedLocalHealthCheck: "LH"
        case .noHealthyUpstream: "UH"
        case .upstreamRequestTimeout: "UT"
        case .localReset: "LR"
        case .upstreamRemoteReset: "UR"
        case .upstreamConnectionFailure: "UF"
        case .upstreamConnectionTermination: "UC"
        case .upstreamOverflow: "UO"
        case .noRouteFound: "NR"
        case .delayInjected: "DI"
        case .faultInjected: "FI"
        case .rateLimited: "RL"
        case .unauthorizedExternalService: "UAEX"
        case .rateLimitServiceError: "RLSE"
        case .downstreamConnectionTermination: "DC"
        case .upstreamRetryLimitExceeded: "URX"
        case .streamIdleTimeout: "SI"
        case .invalidEnvoyRequestHeaders: "IH"
        case .downstreamProtocolError: "DPE"
        case .upstreamMaxStreamDurationReached: "UMSDR"
        case .responseFromCacheFilter: "RFCF"
        case .noFilterConfigFound: "NFCF"
        case .durationTimeout: "DT"
        case .upstreamProtocolError: "UPE"
        case .noClusterFound: "NC"
        case .overloadManagerTerminated: "OM"
        case .dnsResolutionFailed: "DF"
        case .dropOverLoad: "DO"
        case .downstreamRemoteReset: "DR"
        case .unconditionalDropOverload: "UDO"
        }
    }
}

/// The flags of one request; empty is rendered `-`.
package struct ResponseFlags: OptionSet, Hashable, Sendable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) { self.rawValue = rawValue }

    package init(_ flag: ResponseFlag) { rawValue = 1 << UInt32(flag.rawValue) }

    package static let none: ResponseFlags = []
    /// UH
    package static let noHealthyUpstream = ResponseFlags(.noHealthyUpstream)
    /// UT
    package static let upstreamRequestTimeout = ResponseFlags(.upstreamRequestTimeout)
    /// LR
    package static let localReset = ResponseFlags(.localReset)
    /// UR
    package static let upstreamRemoteReset = ResponseFlags(.upstreamRemoteReset)
    /// UF
    package static let upstreamConnectionFailure = ResponseFlags(.upstreamConnectionFailure)
    /// UC
    package static let upstreamConnectionTermination = ResponseFlags(.upstreamConnectionTermination)
    /// UO
    package static let upstreamOverflow = ResponseFlags(.upstreamOverflow)
    /// NR
    package static let noRouteFound = ResponseFlags(.noRouteFound)
    /// DI
    package static let delayInjected = ResponseFlags(.delayInjected)
    /// FI
    package static let faultInjected = ResponseFlags(.faultInjected)
    /// DC
    package static let downstreamConnectionTermination = ResponseFlags(.downstreamConnectionTermination)
    /// URX
    package static let upstreamRetryLimitExceeded = ResponseFlags(.upstreamRetryLimitExceeded)
    /// SI
    package static let streamIdleTimeout = ResponseFlags(.streamIdleTimeout)
    /// DPE
    package static let downstreamProtocolError = ResponseFlags(.downstreamProtocolError)
    /// UPE
    package static let upstreamProtocolError = ResponseFlags(.upstreamProtocolError)
    /// NC
    package static let noClusterFound = ResponseFlags(.noClusterFound)
    /// DT
    package static let durationTimeout = ResponseFlags(.durationTimeout)
    /// OM
    package static let overloadManagerTerminated = ResponseFlags(.overloadManagerTerminated)

    /// True if that flag is among them.
    package func contains(_ flag: ResponseFlag) -> Bool { contains(ResponseFlags(flag)) }

    /// The abbreviations in Envoy's order, separated by commas; `-` if there are none. For labels; allocates.
    package var text: String {
        if isEmpty { return "-" }
        return Self.printed.filter { contains($0) }.map { "\($0.shortName)" }.joined(separator: ",")
    }

    /// Envoy prints flags as they came up: a delay before all others, a retry limit before the failure that led to it
    /// (`DI,UT` and `URX,UF`, seen of 1.40).
    static let printed: [ResponseFlag] = first + ResponseFlag.allCases.filter { !first.contains($0) }

    private static let first: [ResponseFlag] = [.delayInjected, .upstreamRetryLimitExceeded]
}
