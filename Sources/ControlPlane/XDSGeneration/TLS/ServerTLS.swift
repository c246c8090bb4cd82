import EnvoyAPI
import MeshConfig
import SwiftProtobuf

/// TLS that a server of a Gateway or a listener of a Sidecar terminates (Istio `BuildListenerTLSContext`).
struct ServerTLS {
    let settings: ServerTLSSettings
    let mesh: MeshConfiguration
    /// Whether connections are handed on as bytes; our own callers then offer protocols of the mesh.
    var isTCP = false

    var context: XDS.DownstreamTLSContext {
        let isMesh = settings.mode == .istioMutual
        var common = XDS.CommonTLSContext()
        common.alpnProtocols = isMesh && isTCP ? TLSProtocols.downstream : TLSProtocols.http
        common.tlsParams = isMesh ? .mesh(mesh.meshMTLS) : .server(settings, defaults: mesh.tlsDefaults)
        common.tlsCertificateSdsSecretConfigs = certificates.map(\.config)
        var context = XDS.DownstreamTLSContext()
        switch settings.mode {
        case .mutual, .istioMutual:
            context.requireClientCertificate = .init(true)
            verifyClients(&common)
        case .optionalMutual:
            context.requireClientCertificate = .init(false)
            verifyClients(&common)
        case .simple, .passthrough, .autoPassthrough:
            context.requireClientCertificate = .init(false)
        }
        context.commonTlsContext = common
        return context
    }

    private var certificates: [SecretReference] {
        if settings.mode == .istioMutual { return [.workload] }
        let names = credentialNames
        if !names.isEmpty { return names.map { SecretReference(credential: $0) } }
        if !settings.tlsCertificates.isEmpty {
            return settings.tlsCertificates.map { .files(certificate: $0.serverCertificate, key: $0.privateKey) }
        }
        return [.files(certificate: settings.serverCertificate, key: settings.privateKey)]
    }

    /// One Secret, or one for each kind of key.
    private var credentialNames: [String] {
        settings.credentialNames.isEmpty
            ? [settings.credentialName].filter { !$0.isEmpty } : settings.credentialNames
    }

    private func verifyClients(_ common: inout XDS.CommonTLSContext) {
        let names = settings.subjectAltNames.map(XDS.SubjectAltNameMatcher.init(name:))
        guard let authorities else {
            // Whoever has no authorities to ask accepts any certificate only when told so.
            var context = XDS.CertificateValidationContext()
            context.matchTypedSubjectAltNames = names
            context.trustChainVerification = .acceptUntrusted
            common.validationContext = context
            return
        }
        common.verify(names, by: authorities, crl: settings.caCrl)
        guard settings.mode != .istioMutual else { return }
        var context = common.combinedValidationContext.defaultValidationContext
        context.verifyCertificateSpki = settings.verifyCertificateSpki
        context.verifyCertificateHash = settings.verifyCertificateHash
        if settings.insecureSkipVerify == true { context.trustChainVerification = .acceptUntrusted }
        common.combinedValidationContext.defaultValidationContext = context
    }

    private var authorities: SecretReference? {
        if settings.mode == .istioMutual { return .meshRoots }
        let own = settings.caCertCredentialName
        if !own.isEmpty {
            let isNamedSo = own.hasSuffix(SecretReference.authoritiesSuffix)
            return SecretReference(credential: own, authorities: !isNamedSo)
        }
        if let name = credentialNames.first { return SecretReference(credential: name, authorities: true) }
        if let file = ([settings.caCertificates] + settings.tlsCertificates.map(\.caCertificates)).first(where: {
            !$0.isEmpty
        }) {
            return .authoritiesFile(file)
        }
        return settings.insecureSkipVerify == true ? nil : .meshRoots
    }
}
