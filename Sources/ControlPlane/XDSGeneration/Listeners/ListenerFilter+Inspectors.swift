import EnvoyAPI
import SwiftProtobuf

extension XDS.ListenerFilter {
    static let originalDestination = XDS.ListenerFilter(
        ExtensionName.originalDestination,
        Envoy_Extensions_Filters_Listener_OriginalDst_V3_OriginalDst()
    )
    static let tlsInspector = XDS.ListenerFilter(
        ExtensionName.tlsInspector,
        Envoy_Extensions_Filters_Listener_TlsInspector_V3_TlsInspector()
    )
    static let httpInspector = XDS.ListenerFilter(
        ExtensionName.httpInspector,
        Envoy_Extensions_Filters_Listener_HttpInspector_V3_HttpInspector()
    )
    /// Keeps the caller's address towards the workload; the mark tells the kernel which packets are ours (TPROXY).
    static let originalSource: XDS.ListenerFilter = {
        var config = Envoy_Extensions_Filters_Listener_OriginalSrc_V3_OriginalSrc()
        config.mark = 1337
        return XDS.ListenerFilter(ExtensionName.originalSource, config)
    }()

    init(_ name: String, _ config: some Message) {
        self.init()
        self.name = name
        typedConfig = .init(packing: config)
    }

    /// The same filter, switched off on these ports.
    fileprivate func disabled(_ predicate: XDS.ListenerFilterPredicate?) -> XDS.ListenerFilter {
        guard let predicate else { return self }
        var result = self
        result.filterDisabled = predicate
        return result
    }

    /// Inspectors that inbound chains need, each on the ports that need it only: inspecting a server-first protocol
    /// would wait for bytes that never come (Istio `populateListenerFilters`). Port 0 stands for all other ports.
    static func inspectors(for chains: [XDS.FilterChain]) -> [XDS.ListenerFilter] {
        var needsTLS: [UInt32: Bool] = [:]
        var needsHTTP: [UInt32: Bool] = [:]
        for chain in chains {
            let match = chain.filterChainMatch
            let port = match.destinationPort.value
            needsTLS[port] = needsTLS[port, default: false] || match.transportProtocol == TransportProtocol.tls
            let sniffs = match.applicationProtocols.contains { $0 == "http/1.1" || $0 == "h2c" }
            needsHTTP[port] = needsHTTP[port, default: false] || sniffs
        }
        var filters: [XDS.ListenerFilter] = []
        if needsTLS.values.contains(true) {
            let isDefault = needsTLS[0] ?? false
            let exceptions = needsTLS.filter { $0.key != 0 && $0.value != isDefault }.keys.sorted()
            let ports = XDS.ListenerFilterPredicate(ports: exceptions)
            filters.append(tlsInspector.disabled(isDefault ? ports : ports.map(XDS.ListenerFilterPredicate.init(not:))))
        }
        // The HTTP inspector must come second: bytes the first one took for TLS are not looked at again.
        if needsHTTP.values.contains(true) {
            let exceptions = needsHTTP.filter { !$0.value }.keys.sorted()
            filters.append(httpInspector.disabled(.init(ports: exceptions)))
        }
        return filters
    }
}

extension XDS.ListenerFilterPredicate {
    /// Any of these destination ports; nil for none.
    init?(ports: [UInt32]) {
        let rules = ports.map { port in
            var rule = XDS.ListenerFilterPredicate()
            rule.destinationPortRange.start = Int32(clamping: port)
            rule.destinationPortRange.end = Int32(clamping: port) &+ 1
            return rule
        }
        guard let first = rules.first else { return nil }
        self = first
        if rules.count > 1 {
            self = .init()
            orMatch.rules = rules
        }
    }

    init(not predicate: XDS.ListenerFilterPredicate) {
        self.init()
        notMatch = predicate
    }
}

/// Transports as Envoy's TLS inspector tells them.
enum TransportProtocol {
    static let tls = "tls"
    static let rawBuffer = "raw_buffer"
}

/// Application protocols as inspectors and TLS hand them over.
enum ApplicationProtocol {
    static let plaintextHTTP = ["http/1.1", "h2c"]
    static let mutualTLSHTTP = ["istio-http/1.0", "istio-http/1.1", "istio-h2"]
    static let mutualTLSTCP = ["istio-peer-exchange", "istio"]
    static let anyMutualTLS = ["istio", "istio-peer-exchange", "istio-http/1.0", "istio-http/1.1", "istio-h2"]
}
