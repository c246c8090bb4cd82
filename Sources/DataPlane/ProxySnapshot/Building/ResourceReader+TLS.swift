import EnvoyAPI
import SwiftProtobuf

typealias CommonTLS = Envoy_Extensions_TransportSockets_Tls_V3_CommonTlsContext
typealias TLSValidation = Envoy_Extensions_TransportSockets_Tls_V3_CertificateValidationContext

extension ResourceReader {
    /// Reads the transport socket of a filter chain.
    mutating func downstreamSocket(
        _ socket: Envoy_Config_Core_V3_TransportSocket
    ) throws(InvalidResource) -> TransportSocket {
        if socket.isRawBuffer { return .rawBuffer }
        guard socket.typedConfig.isA(Envoy_Extensions_TransportSockets_Tls_V3_DownstreamTlsContext.self) else {
            throw invalid("", "\"\(socket.name)\" (\(socket.typedConfig.typeURL)) is not supported")
        }
        let message = try unpack(
            socket.typedConfig,
            Envoy_Extensions_TransportSockets_Tls_V3_DownstreamTlsContext.self
        )
        noteUnknownFields(message)
        if message.requireSni.value { throw invalid("require_sni", "is not supported") }
        let requires = message.requireClientCertificate.value
        return .tls(
            try within("common_tls_context") { reader throws(InvalidResource) in
                let (core, peer) = try reader.common(message.commonTlsContext, .server, requiresPeer: requires)
                guard core.certificate != nil else {
                    throw reader.invalid("tls_certificates", "a server needs a certificate")
                }
                return TLSSettings(core: core, peer: peer)
            }
        )
    }

    /// Reads a transport socket of a cluster.
    mutating func upstreamSocket(
        _ socket: Envoy_Config_Core_V3_TransportSocket
    ) throws(InvalidResource) -> TransportSocket {
        if socket.isRawBuffer { return .rawBuffer }
        guard socket.typedConfig.isA(Envoy_Extensions_TransportSockets_Tls_V3_UpstreamTlsContext.self) else {
            throw invalid("", "\"\(socket.name)\" (\(socket.typedConfig.typeURL)) is not supported")
        }
        let message = try unpack(socket.typedConfig, Envoy_Extensions_TransportSockets_Tls_V3_UpstreamTlsContext.self)
        noteUnknownFields(message)
        guard message.sni.utf8.count <= 255, !message.sni.utf8.contains(0) else {
            throw invalid("sni", "is longer than 255 bytes or has a NUL")
        }
        return .tls(
            try within("common_tls_context") { reader throws(InvalidResource) in
                let (core, peer) = try reader.common(message.commonTlsContext, .client, requiresPeer: true)
                return TLSSettings(
                    core: core,
                    peer: peer,
                    serverName: message.sni,
                    usesEndpointHost: message.autoHostSni
                )
            }
        )
    }

    /// Reads a secret of the control plane.
    func secret(
        from message: Envoy_Extensions_TransportSockets_Tls_V3_Secret
    ) throws(InvalidResource) -> TLSSecret {
        switch message.type {
        case .tlsCertificate(let certificate)?:
            return .certificate(
                CertificateSecret(
                    chain: try bytes("tls_certificate.certificate_chain", certificate.certificateChain),
                    privateKey: try bytes("tls_certificate.private_key", certificate.privateKey)
                )
            )
        case .validationContext(let context)?:
            return .validation(
                ValidationSecret(
                    anchors: try bytes("validation_context.trusted_ca", context.trustedCa),
                    revocations: context.hasCrl ? try bytes("validation_context.crl", context.crl) : []
                )
            )
        case .genericSecret?, nil: throw invalid("", "is neither a certificate nor a validation context")
        }
    }

    private mutating func common(
        _ message: CommonTLS,
        _ side: TLSSide,
        requiresPeer: Bool
    ) throws(InvalidResource) -> (TLSCore, PeerRequirements) {
        noteUnknownFields(message)
        var core = TLSCore(side: side, requiresPeerCertificate: requiresPeer)
        core.certificate = try certificate(message)
        core.applicationProtocols = message.alpnProtocols
        for name in message.alpnProtocols where name.isEmpty || name.utf8.count > 255 {
            throw invalid("alpn_protocols", "\"\(name)\" is empty or longer than 255 bytes")
        }
        try readParameters(message.tlsParams, into: &core)
        var peer = PeerRequirements()
        switch message.validationContextType {
        case .validationContext(let context)?:
            (core.trust, peer) = try within("validation_context") { reader throws(InvalidResource) in
                try reader.validation(context)
            }
        case .validationContextSdsSecretConfig(let secret)?:
            core.trust = .secret(try secretName("validation_context_sds_secret_config", secret))
        case .combinedValidationContext(let combined)?:
            (core.trust, peer) = try within("combined_validation_context.default_validation_context") {
                reader throws(InvalidResource) in try reader.validation(combined.defaultValidationContext)
            }
            core.trust = .secret(
                try secretName("combined_validation_context", combined.validationContextSdsSecretConfig)
            )
        case nil: break
        }
        if side == .server, core.trust == nil, requiresPeer { core.trust = .untrusted }
        // A client that is told of no anchors takes whatever the server shows, as Envoy does.
        if side == .client, core.trust == nil { core.trust = .untrusted }
        return (core, peer)
    }

    private mutating func certificate(_ message: CommonTLS) throws(InvalidResource) -> SecretReference? {
        if let secret = message.tlsCertificateSdsSecretConfigs.first {
            if message.tlsCertificateSdsSecretConfigs.count > 1 {
                warn("tls_certificate_sds_secret_configs", "only the first of several certificates is used")
            }
            return .secret(try secretName("tls_certificate_sds_secret_configs[0]", secret))
        }
        guard let inline = message.tlsCertificates.first else { return nil }
        if message.tlsCertificates.count > 1 {
            warn("tls_certificates", "only the first of several certificates is used")
        }
        return .inline(
            CertificateSecret(
                chain: try bytes("tls_certificates[0].certificate_chain", inline.certificateChain),
                privateKey: try bytes("tls_certificates[0].private_key", inline.privateKey)
            )
        )
    }

    private func secretName(
        _ field: String,
        _ secret: Envoy_Extensions_TransportSockets_Tls_V3_SdsSecretConfig
    ) throws(InvalidResource) -> String {
        guard !secret.name.isEmpty else { throw invalid(field + ".name", "is empty") }
        return secret.name
    }

    private func bytes(
        _ field: String,
        _ source: Envoy_Config_Core_V3_DataSource
    ) throws(InvalidResource) -> [UInt8] {
        switch source.specifier {
        case .inlineBytes(let data)?: return [UInt8](data)
        case .inlineString(let text)?: return [UInt8](text.utf8)
        case .filename?: throw invalid(field, "files are given as secrets, not as file names")
        case nil: throw invalid(field, "is missing")
        }
    }

    private mutating func readParameters(
        _ message: Envoy_Extensions_TransportSockets_Tls_V3_TlsParameters,
        into core: inout TLSCore
    ) throws(InvalidResource) {
        switch message.tlsMinimumProtocolVersion {
        case .tlsAuto, .tlsv12: core.minimumVersion = .v1_2
        case .tlsv13: core.minimumVersion = .v1_3
        case .tlsv10, .tlsv11:
            warn("tls_params.tls_minimum_protocol_version", "TLS 1.2 is the lowest version spoken (RFC 8996)")
        case .UNRECOGNIZED: throw invalid("tls_params.tls_minimum_protocol_version", "is not known")
        }
        switch message.tlsMaximumProtocolVersion {
        case .tlsAuto, .tlsv13: core.maximumVersion = .v1_3
        case .tlsv12: core.maximumVersion = .v1_2
        case .tlsv10, .tlsv11:
            throw invalid("tls_params.tls_maximum_protocol_version", "TLS 1.2 is the lowest version spoken (RFC 8996)")
        case .UNRECOGNIZED: throw invalid("tls_params.tls_maximum_protocol_version", "is not known")
        }
        guard core.minimumVersion <= core.maximumVersion else {
            throw invalid("tls_params", "the minimum version is above the maximum")
        }
        core.cipherSuites = message.cipherSuites
        core.curves = message.ecdhCurves
    }

    /// Trust anchors and what is asked of a peer.
    mutating func validation(_ message: TLSValidation) throws(InvalidResource) -> (TrustSource, PeerRequirements) {
        noteUnknownFields(message)
        if message.hasCustomValidatorConfig {
            throw invalid("custom_validator_config", "\(message.customValidatorConfig.name) is not supported")
        }
        if message.allowExpiredCertificate { throw invalid("allow_expired_certificate", "is not supported") }
        var peer = PeerRequirements(
            publicKeyDigests: message.verifyCertificateSpki,
            certificateDigests: message.verifyCertificateHash.map { $0.lowercased().filter { $0 != ":" } }
        )
        peer.names = try each("match_typed_subject_alt_names", message.matchTypedSubjectAltNames) {
            reader,
            matcher throws(InvalidResource) in try reader.subjectAltName(matcher)
        }
        if message.trustChainVerification == .acceptUntrusted { return (.untrusted, peer) }
        if message.hasTrustedCa {
            let secret = ValidationSecret(
                anchors: try bytes("trusted_ca", message.trustedCa),
                revocations: message.hasCrl ? try bytes("crl", message.crl) : []
            )
            return (.inline(secret), peer)
        }
        return (message.hasSystemRootCerts ? .system : .untrusted, peer)
    }

    private func subjectAltName(
        _ message: Envoy_Extensions_TransportSockets_Tls_V3_SubjectAltNameMatcher
    ) throws(InvalidResource) -> SubjectAltNameMatcher {
        let kind: SubjectAltNameMatcher.Kind
        switch message.sanType {
        case .uri: kind = .uri
        case .dns: kind = .dns
        case .ipAddress: kind = .ipAddress
        case .email: kind = .email
        default: throw invalid("san_type", "is not supported")
        }
        switch message.matcher.matchPattern {
        case .exact(let text)?: return SubjectAltNameMatcher(kind: kind, matcher: .exact(text))
        case .prefix(let text)?: return SubjectAltNameMatcher(kind: kind, matcher: .prefix(text))
        case .suffix(let text)?: return SubjectAltNameMatcher(kind: kind, matcher: .suffix(text))
        case .contains(let text)?: return SubjectAltNameMatcher(kind: kind, matcher: .contains(text))
        case .safeRegex?: throw invalid("matcher.safe_regex", "is not supported for names of certificates")
        case nil: throw invalid("matcher", "is missing")
        }
    }
}
