import EnvoyAPI
import MeshConfig

extension XDS.TLSParameters {
    /// Suites of TLS 1.2 with forward secrecy, for peers that may not speak 1.3.
    private static let suites = [
        "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-ECDSA-AES128-GCM-SHA256",
        "ECDHE-RSA-AES128-GCM-SHA256",
    ]

    /// Mutual TLS within the mesh: TLS 1.3, which every proxy of a mesh speaks, unless `meshMTLS` asks for less.
    static func mesh(_ settings: MeshTLSConfiguration) -> XDS.TLSParameters {
        var parameters = XDS.TLSParameters()
        parameters.tlsMaximumProtocolVersion = .tlsv13
        parameters.ecdhCurves = settings.ecdhCurves
        switch settings.minProtocolVersion {
        case .auto, .v1_3:
            parameters.tlsMinimumProtocolVersion = .tlsv13
        case .v1_2:
            parameters.tlsMinimumProtocolVersion = .tlsv12
            parameters.cipherSuites = settings.cipherSuites.isEmpty ? suites : settings.cipherSuites
        }
        return parameters
    }

    /// Connections to servers outside: at least TLS 1.2, and what the mesh says of curves and suites (Istio
    /// `applyTLSDefaults`).
    static func origination(_ defaults: MeshTLSConfiguration) -> XDS.TLSParameters {
        var parameters = XDS.TLSParameters()
        parameters.tlsMinimumProtocolVersion = .tlsv12
        parameters.tlsMaximumProtocolVersion = .tlsv13
        parameters.ecdhCurves = defaults.ecdhCurves
        parameters.cipherSuites = defaults.cipherSuites
        return parameters
    }

    /// A server of a Gateway or Sidecar: what it says itself before the mesh's defaults, never below TLS 1.2 (Istio
    /// `applyServerTLSSettings`).
    static func server(_ settings: ServerTLSSettings, defaults: MeshTLSConfiguration) -> XDS.TLSParameters {
        var parameters = origination(defaults)
        if defaults.minProtocolVersion == .v1_3 { parameters.tlsMinimumProtocolVersion = .tlsv13 }
        switch settings.minProtocolVersion {
        case .auto: break
        case .v1_0, .v1_1, .v1_2: parameters.tlsMinimumProtocolVersion = .tlsv12
        case .v1_3: parameters.tlsMinimumProtocolVersion = .tlsv13
        }
        if settings.maxProtocolVersion == .v1_2 {
            parameters.tlsMaximumProtocolVersion = .tlsv12
            // Envoy refuses a range that is empty.
            parameters.tlsMinimumProtocolVersion = .tlsv12
        }
        if !settings.ecdhCurves.isEmpty { parameters.ecdhCurves = settings.ecdhCurves }
        if !settings.cipherSuites.isEmpty { parameters.cipherSuites = settings.cipherSuites }
        return parameters
    }
}
