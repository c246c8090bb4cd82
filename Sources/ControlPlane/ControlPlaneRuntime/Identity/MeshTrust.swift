internal import CertificateAuthority
internal import Foundation
internal import Logging
internal import MeshConfig
internal import Synchronization

/// Who signs and whom the mesh believes, now: the authority in effect under the mesh configuration in effect.
///
/// Any thread. Whoever follows it gets the present state first, then the latest.
final class MeshTrust: Sendable {
    /// One state; immutable.
    struct State: Sendable {
        var authority: SigningAuthority
        /// The authority's roots, then those of `meshConfig.caCertificates`.
        var bundle: TrustBundle
        /// Identities are issued in it.
        var trustDomain: String
        /// Identities are accepted in these: the trust domain and its aliases.
        var domains: Set<String>
    }

    private struct Guarded {
        var state: State
        var certificates: [String] = []
        var told: Set<String> = []
        var followers: [Int: AsyncStream<State>.Continuation] = [:]
        var nextFollower = 0
    }

    private let guarded: Mutex<Guarded>
    private let logger: Logger

    init(_ authority: SigningAuthority, mesh: MeshConfiguration, logger: Logger) {
        self.logger = logger
        guarded = Mutex(
            Guarded(
                state: State(
                    authority: authority,
                    bundle: TrustBundle(authority),
                    trustDomain: mesh.trustDomain,
                    domains: [mesh.trustDomain]
                )
            )
        )
        configure(mesh)
    }

    var state: State { guarded.withLock { $0.state } }

    /// Every state from now on.
    func states() -> AsyncStream<State> {
        let (stream, continuation) = AsyncStream.makeStream(of: State.self, bufferingPolicy: .bufferingNewest(1))
        let id = guarded.withLock { guarded in
            guarded.nextFollower += 1
            guarded.followers[guarded.nextFollower] = continuation
            continuation.yield(guarded.state)
            return guarded.nextFollower
        }
        continuation.onTermination = { [weak self] _ in self?.forget(id) }
        return stream
    }

    private func forget(_ id: Int) { _ = guarded.withLock { $0.followers.removeValue(forKey: id) } }

    /// Another authority signs from now on.
    func replace(_ authority: SigningAuthority) {
        let before = state
        update { $0.authority = authority }
        let after = state
        logger.notice("\(authority) signs, \(after.bundle.roots.count) roots are trusted")
        guard !after.bundle.roots.contains(where: before.authority.roots.prefix(1).contains) else { return }
        logger.warning(
            """
            the root of the certificates in use is no longer trusted: workloads are refused until they have new ones. \
            To change roots without that, trust both for a while (Documentation/Identity.md)
            """
        )
    }

    /// Other settings apply from now on.
    func configure(_ mesh: MeshConfiguration) {
        update { guarded in
            guarded.trustDomain = mesh.trustDomain
            guarded.domains = Set([mesh.trustDomain] + mesh.trustDomainAliases)
        } certificates: {
            mesh.caCertificates.map(\.pem).filter { !$0.isEmpty }
        }
    }

    private func update(_ change: (inout State) -> Void, certificates: () -> [String]? = { nil }) {
        guarded.withLock { guarded in
            let before = guarded.state
            change(&guarded.state)
            if let certificates = certificates() { guarded.certificates = certificates }
            var bundle = TrustBundle(guarded.state.authority)
            for (index, text) in guarded.certificates.enumerated() {
                do throws(AuthorityError) {
                    try bundle.insert(pem: text, place: "meshConfig.caCertificates[\(index)]")
                } catch {
                    if guarded.told.insert("\(error)").inserted { logger.error("\(error)") }
                }
            }
            guarded.state.bundle = bundle
            let isSame =
                before.bundle == bundle && before.domains == guarded.state.domains
                && before.trustDomain == guarded.state.trustDomain
                && before.authority.certificate == guarded.state.authority.certificate
                && before.authority.intermediates == guarded.state.authority.intermediates
            if isSame { return }
            for follower in guarded.followers.values { follower.yield(guarded.state) }
        }
    }
}
