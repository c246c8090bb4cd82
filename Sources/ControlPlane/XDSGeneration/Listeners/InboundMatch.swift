import EnvoyAPI
import MeshModel
import SwiftProtobuf

/// One way in which connections to a workload's port arrive, told apart by the inspectors (Istio
/// `FilterChainMatchOptions`).
struct InboundMatch: Hashable {
    var transportProtocol: String
    var applicationProtocols: [String] = []
    var isHTTP: Bool
    /// Whether the proxy opens mutual TLS of the mesh; other TLS is handed on as it is.
    var isMutualTLS = false
    /// Whether connections end here.
    var isRefused = false

    /// Ways of a port of a proxy that has no certificate: as if nobody spoke of mutual TLS, but where it must be, none.
    static func matchesWithoutIdentity(_ protocol: ListenerProtocol, _ mode: MutualTLSMode) -> [InboundMatch] {
        switch mode {
        case .disable, .permissive: matches(`protocol`, .disable)
        case .strict: [InboundMatch(transportProtocol: "", isHTTP: false, isRefused: true)]
        }
    }

    /// Ways of a port by what it accepts and speaks (rule 43; Istio `getFilterChainMatchOptions`).
    static func matches(_ protocol: ListenerProtocol, _ mode: MutualTLSMode) -> [InboundMatch] {
        switch (mode, `protocol`) {
        case (.disable, .http): [plaintext(isHTTP: true)]
        case (.disable, .tcp): [plaintext(isHTTP: false)]
        case (.disable, .sniffed): [sniffedHTTP, plaintext(isHTTP: false)]
        case (.strict, .http): [mutual(isHTTP: true)]
        case (.strict, .tcp): [mutual(isHTTP: false)]
        case (.strict, .sniffed):
            // What our callers do not call HTTP is taken as bytes.
            [mutual(ApplicationProtocol.mutualTLSHTTP, isHTTP: true), mutual(isHTTP: false)]
        case (.permissive, .http):
            [mutual(ApplicationProtocol.anyMutualTLS, isHTTP: true), plaintext(isHTTP: true)]
        case (.permissive, .tcp):
            [mutual(ApplicationProtocol.anyMutualTLS, isHTTP: false), plaintext(isHTTP: false), foreignTLS]
        case (.permissive, .sniffed):
            [
                mutual(ApplicationProtocol.mutualTLSHTTP, isHTTP: true), sniffedHTTP,
                mutual(ApplicationProtocol.mutualTLSTCP, isHTTP: false), plaintext(isHTTP: false), foreignTLS,
            ]
        }
    }

    /// Ways of a port whose TLS the proxy terminates by a rule of the port's own.
    static func terminated(_ protocol: ListenerProtocol) -> [InboundMatch] {
        let tls = TransportProtocol.tls
        switch `protocol` {
        case .http: return [InboundMatch(transportProtocol: tls, isHTTP: true)]
        case .tcp, .sniffed: return [InboundMatch(transportProtocol: tls, isHTTP: false)]
        }
    }

    private static func plaintext(isHTTP: Bool) -> InboundMatch {
        InboundMatch(transportProtocol: TransportProtocol.rawBuffer, isHTTP: isHTTP)
    }

    private static let sniffedHTTP = InboundMatch(
        transportProtocol: TransportProtocol.rawBuffer,
        applicationProtocols: ApplicationProtocol.plaintextHTTP,
        isHTTP: true
    )

    private static func mutual(_ protocols: [String] = [], isHTTP: Bool) -> InboundMatch {
        InboundMatch(
            transportProtocol: TransportProtocol.tls,
            applicationProtocols: protocols,
            isHTTP: isHTTP,
            isMutualTLS: true
        )
    }

    /// TLS that is the workload's own business.
    private static let foreignTLS = InboundMatch(transportProtocol: TransportProtocol.tls, isHTTP: false)

    func filterChainMatch(port: UInt32?) -> XDS.FilterChainMatch {
        var match = XDS.FilterChainMatch()
        match.transportProtocol = transportProtocol
        match.applicationProtocols = applicationProtocols
        if let port { match.destinationPort = .init(port) }
        return match
    }
}
