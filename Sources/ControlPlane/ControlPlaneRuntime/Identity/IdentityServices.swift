internal import CertificateAuthority
internal import DiscoveryServer
internal import Foundation
internal import KubernetesAPI
internal import Logging
internal import MeshConfig
internal import ServiceLifecycle

/// The certificate authority put together: where it comes from, whom it believes, who may ask.
struct IdentityServices: Sendable {
    let trust: MeshTrust
    let metrics = AuthorityMetrics()
    let authentication: CallerAuthentication
    private let origin: AuthorityService.Origin
    private let publisher: RootCertificatePublisher?
    private let configuration: ControlPlaneConfiguration
    private let logger: Logger

    /// Nil when no secured port is wanted. Waits for the Secrets of a Kubernetes API; throws when they, a folder or a
    /// key set are wrong.
    init?(
        _ configuration: ControlPlaneConfiguration,
        mesh: MeshConfiguration,
        api: (any KubernetesAPI)?,
        logger: Logger
    ) async throws {
        guard configuration.secureAddress != nil else { return nil }
        self.configuration = configuration
        self.logger = logger
        let settings = configuration.authority
        if let api, settings.folder == nil {
            origin = .secrets(
                SecretAuthority(
                    api: api,
                    namespace: configuration.namespace,
                    trustDomain: mesh.trustDomain,
                    kind: settings.keyKind,
                    logger: logger
                )
            )
        } else {
            origin = .folder(
                FolderAuthority(
                    folder: settings.folder,
                    trustDomain: mesh.trustDomain,
                    kind: settings.keyKind,
                    logger: logger
                )
            )
        }
        let trust = MeshTrust(try await origin.first(), mesh: mesh, logger: logger)
        self.trust = trust
        publisher = api.map { RootCertificatePublisher(api: $0, trust: trust, logger: logger) }
        authentication = CallerAuthentication(trust: trust, tokens: try Self.tokens(settings, api))
    }

    private static func tokens(
        _ settings: ControlPlaneConfiguration.Authority,
        _ api: (any KubernetesAPI)?
    ) throws -> (any TokenReviewing)? {
        if let path = settings.tokenKeysPath {
            let text = try String(contentsOfFile: path, encoding: .utf8)
            return try KeySetTokens(keySet: text, audience: CallerAuthentication.audience)
        }
        return api.map { KubernetesTokens(api: $0, audience: CallerAuthentication.audience) }
    }

    /// What follows the authority, and what serves it and discovery at an address.
    func services(
        address: ListenAddress,
        discovery: DiscoveryServer<MeshServedSnapshot>,
        bound: @escaping @Sendable (ListenAddress) -> Void
    ) -> [any ServiceLifecycle.Service] {
        let contexts = ServingContexts(
            trust: trust,
            dnsNames: dnsNames,
            addresses: Self.addresses(address),
            logger: logger
        )
        return [
            AuthorityService(origin: origin, trust: trust, publisher: publisher, logger: logger),
            SecureListener(
                transport: SecureTransport(address: address, contexts: contexts, logger: logger),
                address: address,
                discovery: discovery,
                certificates: CertificateService(
                    trust: trust,
                    maximumLifetime: configuration.authority.maximumLifetime,
                    metrics: metrics,
                    logger: logger
                ),
                interceptor: AuthenticationInterceptor(
                    authentication: authentication,
                    metrics: metrics,
                    logger: logger
                ),
                bound: bound
            ),
        ]
    }

    private var dnsNames: [String] {
        let revision = configuration.revision.isEmpty ? "default" : configuration.revision
        var names = WebhookCertificates.names(revision: revision, namespace: configuration.namespace)
        names += ["istiod", "localhost"] + configuration.authority.servingNames
        var seen: Set<String> = []
        return names.filter { seen.insert($0).inserted }
    }

    /// The loopback's, and the one that is listened on when it is one.
    private static func addresses(_ address: ListenAddress) -> [[UInt8]] {
        var texts = ["127.0.0.1", "::1"]
        if !texts.contains(address.host), address.host != "0.0.0.0", address.host != "::" { texts.append(address.host) }
        return texts.compactMap { text in
            for (family, count) in [(AF_INET, 4), (AF_INET6, 16)] {
                var bytes = [UInt8](repeating: 0, count: count)
                if inet_pton(family, text, &bytes) == 1 { return bytes }
            }
            return nil
        }
    }
}
