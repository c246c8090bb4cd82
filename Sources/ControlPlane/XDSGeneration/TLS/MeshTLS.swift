import EnvoyAPI
import MeshConfig
import MeshModel
import SwiftProtobuf

/// Contexts of mutual TLS between workloads of the mesh (Istio `BuildInboundTLS`, `buildUpstreamClusterTLSContext`).
struct MeshTLS {
    let mesh: MeshConfiguration

    /// Towards callers: their certificate must be of the mesh's trust domain or one of its aliases. HTTP chains do not
    /// offer what only our own callers know, so that the protocol itself is agreed on.
    func downstream(isHTTP: Bool) -> XDS.DownstreamTLSContext {
        var common = common
        common.alpnProtocols = isHTTP ? TLSProtocols.http : TLSProtocols.downstream
        var seen: Set<String> = []
        let domains = ([mesh.trustDomain] + mesh.trustDomainAliases).filter { seen.insert($0).inserted }
        common.verify(domains.map(XDS.SubjectAltNameMatcher.init(trustDomain:)), by: .meshRoots)
        var context = XDS.DownstreamTLSContext()
        context.commonTlsContext = common
        context.requireClientCertificate = .init(true)
        return context
    }

    /// Towards a service: its certificate must show one of `identities`, if any are known.
    func upstream(serverName: String, identities: [String], protocols: [String]) -> XDS.UpstreamTLSContext {
        var common = common
        common.alpnProtocols = protocols
        common.verify(identities.map(XDS.SubjectAltNameMatcher.init(name:)), by: .meshRoots)
        var context = XDS.UpstreamTLSContext()
        context.commonTlsContext = common
        context.sni = serverName
        return context
    }

    /// URIs of a service's identities in every trust domain that is ours (Istio `ExpandWithTrustDomains`).
    func identities(of service: Service) -> [String] {
        let domains = [mesh.trustDomain] + mesh.trustDomainAliases
        let uris = service.identities.flatMap { identity in domains.map { identity.uri(trustDomain: $0) } }
        return Set(uris + service.subjectAltNames).sorted()
    }

    private var common: XDS.CommonTLSContext {
        var common = XDS.CommonTLSContext()
        common.tlsParams = .mesh(mesh.meshMTLS)
        common.tlsCertificateSdsSecretConfigs = [SecretReference.workload.config]
        return common
    }
}

/// Lists of protocols offered in TLS (Istio `util.ALPN...`).
enum TLSProtocols {
    /// A server of HTTP.
    static let http = ["h2", "http/1.1"]
    /// A server that also takes our callers' other connections.
    static let downstream = ["istio-peer-exchange", "h2", "http/1.1"]
    /// A caller within the mesh.
    static let mesh = ["istio-peer-exchange", "istio"]
    /// A caller within the mesh that speaks HTTP/2.
    static let meshHTTP2 = ["istio-peer-exchange", "istio", "h2"]
    /// A caller within the mesh whose requests are HTTP of a version told later: it names nothing the server could
    /// take for the version.
    static let meshHTTP = ["istio-http/1.1", "istio"]
    /// A caller of HTTP/2 elsewhere.
    static let http2 = ["h2"]
}

extension XDS.CommonTLSContext {
    /// Asks for a certificate of these authorities that shows one of `names`, if there are any.
    mutating func verify(_ names: [XDS.SubjectAltNameMatcher], by authorities: SecretReference, crl: String = "") {
        var context = XDS.CertificateValidationContext()
        context.matchTypedSubjectAltNames = names
        if !crl.isEmpty { context.crl.filename = crl }
        combinedValidationContext.defaultValidationContext = context
        combinedValidationContext.validationContextSdsSecretConfig = authorities.config
    }
}

extension XDS.TransportSocket {
    /// TLS towards callers.
    init(_ context: XDS.DownstreamTLSContext) {
        self.init()
        name = ExtensionName.tlsTransportSocket
        typedConfig = .init(packing: context)
    }

    /// TLS towards a server.
    init(_ context: XDS.UpstreamTLSContext) {
        self.init()
        name = ExtensionName.tlsTransportSocket
        typedConfig = .init(packing: context)
    }

    /// No TLS.
    static let rawBuffer: XDS.TransportSocket = {
        var socket = XDS.TransportSocket()
        socket.name = ExtensionName.rawBufferTransportSocket
        socket.typedConfig = .init(packing: RawBuffer())
        return socket
    }()
}
