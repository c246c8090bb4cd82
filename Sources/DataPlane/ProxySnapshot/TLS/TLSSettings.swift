/// One side's TLS: a validated `DownstreamTlsContext` or `UpstreamTlsContext`. Names of secrets stay names here; the
/// secrets come and go on their own (SDS).
package final class TLSSettings: Sendable, Hashable {
    /// What all connections with equal values can share one context for.
    package let core: TLSCore
    /// Who the peer must be, beyond having a certificate that the trust anchors sign.
    package let peer: PeerRequirements
    /// The server name an upstream connection asks for; empty for none.
    package let serverName: String
    /// Whether the endpoint's host name is the server name (`auto_host_sni`).
    package let usesEndpointHost: Bool
    /// The same for connections that carry HTTP/1.1, which the peer is told by the application protocols; itself if the
    /// connection is not one of the mesh's own.
    package var speakingHTTP: TLSSettings { http ?? self }
    private let http: TLSSettings?

    package init(
        core: TLSCore,
        peer: PeerRequirements = PeerRequirements(),
        serverName: String = "",
        usesEndpointHost: Bool = false
    ) {
        self.core = core
        self.peer = peer
        self.serverName = serverName
        self.usesEndpointHost = usesEndpointHost
        guard core.isInMesh, core.side == .client, core.applicationProtocols != Self.httpProtocols else {
            http = nil
            return
        }
        var spoken = core
        spoken.applicationProtocols = Self.httpProtocols
        http = TLSSettings(
            core: spoken,
            peer: peer,
            serverName: serverName,
            usesEndpointHost: usesEndpointHost
        )
    }

    private static let httpProtocols = ["istio-http/1.1", "istio", "http/1.1"]

    /// Equal if connections would be treated alike.
    package static func == (left: TLSSettings, right: TLSSettings) -> Bool {
        left.core == right.core && left.peer == right.peer && left.serverName == right.serverName
            && left.usesEndpointHost == right.usesEndpointHost
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(core)
        hasher.combine(serverName)
    }
}

/// The part of TLS settings that a cryptographic context is made of.
package struct TLSCore: Sendable, Hashable {
    /// Which end of the connection this is.
    package var side: TLSSide
    /// Our certificate with its key; nil shows none.
    package var certificate: SecretReference?
    /// What signs the peer's certificate; nil does not ask for one.
    package var trust: TrustSource?
    /// Whether a peer without certificate is refused (`require_client_certificate`); always true upstream.
    package var requiresPeerCertificate: Bool
    /// The lowest version spoken.
    package var minimumVersion: TLSProtocolVersion
    /// The highest version spoken.
    package var maximumVersion: TLSProtocolVersion
    /// Names of cipher suites for TLS 1.2, as OpenSSL spells them; empty for the library's choice.
    package var cipherSuites: [String]
    /// Names of key exchange groups; empty for the library's choice.
    package var curves: [String]
    /// Application protocols in order of preference.
    package var applicationProtocols: [String]

    package init(
        side: TLSSide,
        certificate: SecretReference? = nil,
        trust: TrustSource? = nil,
        requiresPeerCertificate: Bool = false,
        minimumVersion: TLSProtocolVersion = .v1_2,
        maximumVersion: TLSProtocolVersion = .v1_3,
        cipherSuites: [String] = [],
        curves: [String] = [],
        applicationProtocols: [String] = []
    ) {
        self.side = side
        self.certificate = certificate
        self.trust = trust
        self.requiresPeerCertificate = requiresPeerCertificate
        self.minimumVersion = minimumVersion
        self.maximumVersion = maximumVersion
        self.cipherSuites = cipherSuites
        self.curves = curves
        self.applicationProtocols = applicationProtocols
    }
}

/// The end of a TLS connection.
package enum TLSSide: Sendable, Hashable {
    case server
    case client
}

/// A version of TLS that this proxy speaks; older ones are refused (RFC 8996).
package enum TLSProtocolVersion: Int, Sendable, Comparable {
    case v1_2 = 2
    case v1_3 = 3

    package static func < (left: TLSProtocolVersion, right: TLSProtocolVersion) -> Bool {
        left.rawValue < right.rawValue
    }
}

/// Where trust anchors come from (`CertificateValidationContext`).
package enum TrustSource: Sendable, Hashable {
    /// PEM in the configuration.
    case inline(ValidationSecret)
    /// A secret by name (SDS).
    case secret(String)
    /// The machine's certificate store.
    case system
    /// Any certificate will do: `trust_chain_verification: ACCEPT_UNTRUSTED`, or a validation without anchors.
    case untrusted
}

/// Our own certificate: in the configuration or a secret by name.
package enum SecretReference: Sendable, Hashable {
    case inline(CertificateSecret)
    case secret(String)
}

/// What a peer's certificate must say.
package struct PeerRequirements: Sendable, Hashable {
    /// One of these must match one of its names; empty asks nothing.
    package var names: [SubjectAltNameMatcher]
    /// Base64 SHA-256 digests of its public key, one of which it must have; empty asks nothing.
    package var publicKeyDigests: [String]
    /// Hex SHA-256 digests of the certificate, one of which it must have; empty asks nothing.
    package var certificateDigests: [String]

    package init(
        names: [SubjectAltNameMatcher] = [],
        publicKeyDigests: [String] = [],
        certificateDigests: [String] = []
    ) {
        self.names = names
        self.publicKeyDigests = publicKeyDigests
        self.certificateDigests = certificateDigests
    }
}

/// `SubjectAltNameMatcher`: a kind of name and what it must be.
package struct SubjectAltNameMatcher: Sendable, Hashable {
    /// The kinds of names that are matched.
    package enum Kind: Sendable, Hashable {
        case uri
        case dns
        case ipAddress
        case email
    }

    package var kind: Kind
    package var matcher: NameMatcher

    package init(kind: Kind, matcher: NameMatcher) {
        self.kind = kind
        self.matcher = matcher
    }
}

/// How a name of a certificate is compared; regular expressions are refused for names that decide about trust.
package enum NameMatcher: Sendable, Hashable {
    case exact(String)
    case prefix(String)
    case suffix(String)
    case contains(String)
}

extension TLSCore {
    /// Whether the connection is one of the mesh's own, as its application protocols say.
    package var isInMesh: Bool { applicationProtocols.contains("istio") }
}
