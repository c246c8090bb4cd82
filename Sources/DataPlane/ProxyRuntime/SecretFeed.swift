internal import ProxyIdentity
internal import ProxySnapshot
internal import ProxyTLS
internal import Synchronization

/// Brings the agent's secrets and the control plane's together for the workers' handshakes. Safe from any thread.
final class SecretFeed: Sendable {
    let contexts = TLSContexts()
    private let publisher: SecretPublisher
    private let discovered = Mutex<[String: TLSSecret]>([:])
    /// One at a time, each with what is current then: an older set never comes after a newer one.
    private let giving = Mutex(())
    private let known = Mutex<[String: [UInt8]]>([:])
    private let onRevocation = Mutex<(@Sendable () -> Void)?>(nil)
    private let subscription = Mutex<SecretSubscription?>(nil)

    /// A feed that follows `publisher` from now on.
    init(_ publisher: SecretPublisher) {
        self.publisher = publisher
        let subscription = publisher.subscribe { [weak self] _ in self?.give() }
        self.subscription.withLock { $0 = subscription }
        give()
    }

    /// Calls `body` whenever there are other revocation lists, after handshakes have them.
    func whenRevoked(_ body: @escaping @Sendable () -> Void) { onRevocation.withLock { $0 = body } }

    /// Takes the control plane's secrets of a snapshot, and asks the agent for the files it refers to.
    func follow(_ snapshot: ProxySnapshot) {
        discovered.withLock { $0 = snapshot.secrets }
        var names: Set<String> = []
        for listener in snapshot.listeners {
            for chain in listener.allFilterChains {
                if let settings = chain.transportSocket.settings { names.formUnion(settings.core.secretNames) }
            }
        }
        for cluster in snapshot.clusters {
            for settings in cluster.tlsSettings { names.formUnion(settings.core.secretNames) }
        }
        publisher.want(names.filter { $0.hasPrefix("file-") })
        give()
    }

    private func give() { giving.withLock { _ in give(publisher.current) } }

    private func give(_ set: SecretSet) {
        var secrets = discovered.withLock { $0 }
        var absences: [String: String] = [:]
        for (name, entry) in set.entries {
            switch entry.secret {
            case .tlsCertificate(let chain, let key):
                secrets[name] = .certificate(CertificateSecret(chain: chain, privateKey: key.bytes))
            case .validation(let roots, let revocations):
                secrets[name] = .validation(ValidationSecret(anchors: roots, revocations: revocations ?? []))
            case .unavailable(let reason): absences[name] = reason
            }
        }
        for name in [SecretName.workload, SecretName.roots] where secrets[name] == nil && absences[name] == nil {
            absences[name] = set.unreadyReason ?? "this proxy has no identity: no authority and no files are configured"
        }
        contexts.update(secrets, absences: absences)
        let revocations = secrets.compactMapValues { secret in
            if case .validation(let trust) = secret { trust.revocations } else { nil }
        }
        let isNew = known.withLock { known in
            defer { known = revocations }
            return known != revocations
        }
        if isNew { onRevocation.withLock { $0 }?() }
    }
}
