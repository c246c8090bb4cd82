internal import Logging
internal import MeshIdentity
internal import X509

/// Keeps the workload's certificate fresh: performs what ``CertificateRenewal`` decides and publishes what comes of it.
actor AuthorityIdentity {
    /// The authority: a request and how many failed before, to `cert_chain`.
    typealias Sign = @Sendable (_ csr: String, _ failures: Int) async throws -> [String]

    private enum Input: Sendable {
        case event(CertificateRenewal.Event)
        case answered(IssuedCertificate)
        case bundle(TrustBundle)
    }

    private let settings: AuthoritySettings
    private let clock: IdentityClock
    private let sign: Sign
    private let publisher: SecretPublisher
    private let counts: IdentityCounts
    private let logger: Logger
    private let inputs: AsyncStream<Input>
    private nonisolated let feed: AsyncStream<Input>.Continuation
    private var generator: any RandomNumberGenerator & Sendable
    private var renewal: CertificateRenewal
    private var issued: IssuedCertificate?
    private var bundle: TrustBundle?
    private var waiting: Task<Void, Never>?
    private var request: Task<Void, Never>?

    init(
        _ settings: AuthoritySettings,
        policy: CertificateRenewal.Policy? = nil,
        publisher: SecretPublisher,
        clock: IdentityClock,
        generator: any RandomNumberGenerator & Sendable,
        counts: IdentityCounts,
        logger: Logger,
        sign: @escaping Sign
    ) {
        self.settings = settings
        self.publisher = publisher
        self.clock = clock
        self.generator = generator
        self.counts = counts
        self.logger = logger
        self.sign = sign
        renewal = CertificateRenewal(
            policy: policy ?? .init(graceRatio: settings.graceRatio, graceJitter: settings.graceJitter),
            identity: settings.identity.description,
            authority: settings.address.description
        )
        (inputs, feed) = AsyncStream.makeStream()
    }

    /// Takes over the roots that the control plane sends.
    nonisolated func trust(_ bundle: TrustBundle) { feed.yield(.bundle(bundle)) }

    /// Runs until the task is cancelled.
    func run() async {
        defer {
            waiting?.cancel()
            request?.cancel()
        }
        handle(.started)
        for await input in inputs {
            switch input {
            case .event(let event): handle(event)
            case .answered(let certificate): take(certificate)
            case .bundle(let bundle): await take(bundle)
            }
        }
    }

    private func handle(_ event: CertificateRenewal.Event) {
        for action in renewal.handle(event, at: clock.now(), using: &generator) {
            switch action {
            case .request: ask()
            case .wake(let moment): wait(until: moment)
            case .pending(let reason): publisher.setIdentity(.pending(reason: reason))
            case .expire(let reason):
                issued = nil
                logger.error("the workload has no certificate", metadata: ["reason": "\(reason)"])
                publisher.setIdentity(.expired(reason: reason))
            }
        }
    }

    private func take(_ certificate: IssuedCertificate) {
        issued = certificate
        publish()
        logger.info(
            "certificate issued",
            metadata: [
                "identity": "\(certificate.identity)", "serial": "\(certificate.serial)",
                "expires": "\(certificate.notAfter)",
            ]
        )
        if let folder = settings.outputFolder { write(certificate, into: folder) }
        handle(.issued(notBefore: certificate.notBefore, notAfter: certificate.notAfter))
    }

    private func take(_ bundle: TrustBundle) async {
        guard bundle != self.bundle else { return }
        self.bundle = bundle
        guard let issued else { return }
        publish()
        if await !issued.isRooted(in: bundle.roots, at: clock.now()) {
            logger.info("the mesh's roots change, the certificate is renewed early")
            handle(.rootIsLeaving)
        }
    }

    /// The roots of the mesh first, then those of our own certificate where they differ: until it is renewed, others may
    /// have certificates of the same root.
    private func publish() {
        guard let issued else { return }
        var roots = bundle?.roots ?? []
        for root in issued.roots where !roots.contains(root) { roots.append(root) }
        do {
            let material = WorkloadMaterial(
                identity: issued.identity,
                chainPEM: try CertificateText.pem(issued.chain, owner: "the certificate"),
                key: issued.key,
                rootsPEM: try CertificateText.pem(roots, owner: "the roots"),
                crlPEM: bundle?.crlPEM,
                notBefore: issued.notBefore,
                notAfter: issued.notAfter,
                serial: issued.serial
            )
            publisher.setWorkload(material)
        } catch {
            logger.error("the certificate cannot be published", metadata: ["reason": "\(error)"])
        }
    }

    private func wait(until moment: UnixTime) {
        waiting?.cancel()
        // The wall clock may be set, and a machine may sleep: look again now and then.
        let pause = min(max(.zero, clock.now().duration(to: moment)), .seconds(60))
        waiting = Task { [clock, feed] in
            guard (try? await clock.sleep(pause)) != nil else { return }
            feed.yield(.event(.woke))
        }
    }

    private func ask() {
        let failures = renewal.failures
        counts.note { $0.requests &+= 1 }
        if failures > 0 { counts.note { $0.retries &+= 1 } }
        request = Task { [settings, clock, sign, feed, counts, logger] in
            do {
                let key = try WorkloadKey(settings.keyAlgorithm)
                let answer = try await sign(try key.signingRequest(for: settings.identity), failures)
                let certificate = try await IssuedCertificate.verify(
                    answer,
                    key: key.pem,
                    identity: settings.identity,
                    at: clock.now()
                )
                feed.yield(.answered(certificate))
            } catch {
                guard !Task.isCancelled else { return }
                counts.note { $0.failures &+= 1 }
                logger.warning(
                    "no certificate from the CA",
                    metadata: ["authority": "\(settings.address)", "reason": "\(error)"]
                )
                feed.yield(.event(.failed(reason: "\(error)")))
            }
        }
    }

    private func write(_ certificate: IssuedCertificate, into folder: String) {
        do {
            let files = MountedCertificate.inFolder(folder)
            try SecretFile.write(
                CertificateText.pem(certificate.chain, owner: files.chain),
                to: files.chain,
                isPrivate: false
            )
            try SecretFile.write(certificate.key.bytes, to: files.key, isPrivate: true)
            try SecretFile.write(
                CertificateText.pem(certificate.roots, owner: files.roots),
                to: files.roots,
                isPrivate: false
            )
        } catch {
            logger.warning("OUTPUT_CERTS cannot be written", metadata: ["reason": "\(error)"])
        }
    }
}
