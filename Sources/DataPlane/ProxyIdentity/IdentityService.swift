package import Logging

/// The agent's half of identity: gets the workload's certificate and roots, keeps them fresh and publishes them.
///
/// ``run()`` works until its task is cancelled; everything else may be called from any thread.
package struct IdentityService: Sendable {
    /// Where the secrets are found.
    package let publisher: SecretPublisher
    /// What was asked of the authority so far.
    package let counts: IdentityCounts
    /// Where the identity comes from.
    package let source: IdentitySource
    private let authority: AuthorityIdentity?
    private let clock: IdentityClock
    private let logger: Logger

    /// A service that does nothing yet; clock and chance are the system's unless a test brings its own.
    package init(
        _ source: IdentitySource,
        clock: IdentityClock = IdentityClock(),
        generator: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator(),
        logger: Logger
    ) {
        let publisher = SecretPublisher { line in
            logger.warning("a secret's file cannot be used", metadata: ["reason": "\(line)"])
        }
        let counts = IdentityCounts()
        self.source = source
        self.publisher = publisher
        self.counts = counts
        self.clock = clock
        self.logger = logger
        switch source {
        case .authority(let settings):
            let client = CertificateAuthorityClient(
                access: ControlPlaneAccess(address: settings.address, publisher: publisher),
                clusterID: settings.clusterID
            )
            authority = AuthorityIdentity(
                settings,
                publisher: publisher,
                clock: clock,
                generator: generator,
                counts: counts,
                logger: logger
            ) { try await client.sign(csr: $0, lifetime: settings.lifetime, failures: $1) }
            publisher.setIdentity(.pending(reason: "the first certificate of \(settings.identity) is still to come"))
        case .files(let files):
            authority = nil
            publisher.setIdentity(.pending(reason: "\(files.chain) is still to be read"))
        case .none: authority = nil
        }
    }

    /// Whether the mesh's roots are to be subscribed to on a discovery stream and given to ``trust(_:)``.
    package var wantsTrustBundle: Bool { authority != nil }

    /// Takes over the roots and revocation lists that the control plane sends (SDS `ROOTCA`).
    package func trust(_ bundle: TrustBundle) { authority?.trust(bundle) }

    /// Keeps everything fresh until the task is cancelled.
    package func run() async {
        await withDiscardingTaskGroup { group in
            if let authority { group.addTask { await authority.run() } }
            group.addTask { await watchFiles() }
        }
    }

    private func watchFiles() async {
        var mounted: MountedIdentity?
        if case .files(let files) = source { mounted = MountedIdentity(files) }
        while !Task.isCancelled {
            let now = clock.now()
            if let change = mounted?.look(at: now) { take(change) }
            publisher.refreshFiles(at: now)
            guard (try? await clock.sleep(.seconds(1))) != nil else { return }
        }
    }

    private func take(_ change: MountedIdentity.Change) {
        switch change {
        case .none: break
        case .use(let material):
            if material.identity == nil {
                logger.warning("the mounted certificate names no SPIFFE identity; peers may refuse it")
            }
            publisher.setWorkload(material)
            logger.info(
                "certificate read",
                metadata: ["serial": "\(material.serial)", "expires": "\(material.notAfter)"]
            )
        case .refused(let reason, let keepsFormer):
            counts.note { $0.fileFailures &+= 1 }
            logger.warning(
                "the mounted certificate cannot be used",
                metadata: ["reason": "\(reason)", "former": keepsFormer ? "stays in use" : "there is none"]
            )
            if !keepsFormer { publisher.setIdentity(.pending(reason: reason)) }
        case .expired(let reason):
            logger.error("the workload has no certificate", metadata: ["reason": "\(reason)"])
            publisher.setIdentity(.expired(reason: reason))
        }
    }
}
