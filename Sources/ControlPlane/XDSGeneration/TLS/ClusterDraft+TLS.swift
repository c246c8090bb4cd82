import EnvoyAPI
import MeshConfig
import MeshModel
import SwiftProtobuf

extension ClusterDraft {
    /// Secures the cluster's connections (Istio `applyUpstreamTLSSettings`); comes after whatever decides its type and
    /// protocol.
    mutating func secure(_ tls: OutboundTLS, service: Service, port: Service.Port, subset: String, view: ProxyView) {
        let mesh = MeshTLS(mesh: view.mesh)
        let serverName = Self.serverName(port: port.number, subset: subset, host: service.hostname.text)
        switch tls {
        case .plaintext: break
        case .automatic:
            let context = mesh.upstream(
                serverName: serverName,
                identities: mesh.identities(of: service),
                protocols: meshProtocols(port, view)
            )
            if cluster.type == .originalDst {
                cluster.transportSocket = .init(context)
            } else {
                cluster.transportSocketMatches = [.mutualTLS(.init(context)), .plaintext]
            }
        case .mesh(let settings):
            let context = mesh.upstream(
                serverName: settings.sni.isEmpty ? serverName : settings.sni,
                identities: settings.subjectAltNames.isEmpty
                    ? mesh.identities(of: service) : settings.subjectAltNames,
                protocols: meshProtocols(port, view)
            )
            cluster.transportSocket = .init(context)
        case .origination(let settings):
            originate(settings, names: service.registry == .external ? mesh.identities(of: service) : [], view.mesh)
            // Sidecars of Istio leave the protocols offered as they are (filter `istio.alpn`).
            cluster.metadata.setIstio("alpn_override", string: "false")
        }
    }

    /// `outbound_.PORT_.SUBSET_.HOST` (Istio `BuildDNSSrvSubsetKey`).
    private static func serverName(port: UInt32, subset: String, host: String) -> String {
        "outbound_.\(port)_.\(subset)_.\(host)"
    }

    private func meshProtocols(_ port: Service.Port, _ view: ProxyView) -> [String] {
        if speaksHTTP2 { return TLSProtocols.meshHTTP2 }
        // A router's requests are HTTP whatever the port's name says or leaves out.
        return port.protocol.isSniffed && view.routesOnlyHTTP ? TLSProtocols.meshHTTP : TLSProtocols.mesh
    }

    private var speaksHTTP2: Bool {
        guard case .explicitHTTPConfig(let config) = httpOptions?.upstreamProtocolOptions,
            case .http2ProtocolOptions = config.protocolConfig
        else { return false }
        return true
    }

    /// TLS towards a server outside, or one that has its own (Istio `constructUpstreamTLS`).
    private mutating func originate(_ settings: ClientTLSSettings, names fallback: [String], _ mesh: MeshConfiguration)
    {
        let isChecked = settings.insecureSkipVerify != true
        let names = settings.subjectAltNames.isEmpty ? fallback : settings.subjectAltNames
        var common = XDS.CommonTLSContext()
        common.tlsParams = .origination(mesh.tlsDefaults)
        if speaksHTTP2 { common.alpnProtocols = TLSProtocols.http2 }
        if settings.mode == .mutual {
            let own: SecretReference =
                settings.credentialName.isEmpty
                ? .files(certificate: settings.clientCertificate, key: settings.privateKey)
                : SecretReference(credential: settings.credentialName)
            common.tlsCertificateSdsSecretConfigs = [own.config]
        }
        if isChecked {
            let file = settings.caCertificates.isEmpty ? "system" : settings.caCertificates
            let authorities: SecretReference =
                settings.credentialName.isEmpty
                ? .authoritiesFile(file) : SecretReference(credential: settings.credentialName, authorities: true)
            common.verify(
                names.map(XDS.SubjectAltNameMatcher.init(name:)),
                by: authorities,
                crl: settings.caCrl
            )
        } else {
            common.validationContext.trustChainVerification = .acceptUntrusted
        }
        var context = XDS.UpstreamTLSContext()
        context.commonTlsContext = common
        context.sni = settings.sni
        if settings.sni.isEmpty { nameServer(&context, isChecked: isChecked && names.isEmpty) }
        cluster.transportSocket = .init(context)
    }

    /// The server's name is the request's host, which its certificate must show when nothing else is asked of it;
    /// without requests the name that was resolved.
    private mutating func nameServer(_ context: inout XDS.UpstreamTLSContext, isChecked: Bool) {
        context.autoHostSni = cluster.type == .strictDns || cluster.type == .logicalDns
        var options = httpOptions ?? .init()
        options.upstreamHTTPProtocolOptions.autoSni = true
        options.upstreamHTTPProtocolOptions.autoSanValidation = isChecked
        httpOptions = options
    }
}

extension XDS.Cluster.TransportSocketMatch {
    /// Endpoints whose metadata says that their sidecar answers.
    fileprivate static func mutualTLS(_ socket: XDS.TransportSocket) -> Self {
        var match = Self()
        match.name = "tlsMode-istio"
        match.match.fields["tlsMode"] = .init(stringValue: "istio")
        match.transportSocket = socket
        return match
    }

    /// All others.
    fileprivate static let plaintext: Self = {
        var match = Self()
        match.name = "tlsMode-disabled"
        match.match = .init()
        match.transportSocket = .rawBuffer
        return match
    }()
}

extension ProxyView {
    /// Whether a router has HTTP servers alone, so that no connection it makes carries anything else.
    fileprivate var routesOnlyHTTP: Bool {
        node.kind == .router && scope.gateway.takesOnlyHTTP
    }
}
