internal import NIOSSL
package import ProxySnapshot
internal import Synchronization

/// The cryptographic contexts of the process: made of settings and secrets, and made anew when a secret changes.
///
/// Safe to use from any thread. Connections that are up keep the context they began with; a new trust bundle is a new
/// context, so that no session of the old one can be resumed (CVE-2022-21654).
package final class TLSContexts: Sendable {
    private struct State {
        var secrets: [String: TLSSecret] = [:]
        /// Why a secret that is asked for is not there.
        var absences: [String: String] = [:]
        var made: [TLSCore: Result<TLSContext, TLSUnavailable>] = [:]
    }

    private let state = Mutex(State())
    /// More settings than any mesh has: a control plane that makes up ever new ones must not fill the memory.
    private static let most = 4096

    package init() {}

    /// The context for new connections with `settings`, or why there is none: the connection must be refused then.
    package func context(for settings: TLSSettings) -> Result<TLSContext, TLSUnavailable> {
        state.withLock { state in
            if let known = state.made[settings.core] { return known }
            let made = Self.make(settings.core, state)
            if state.made.count >= Self.most {
                for case .success(let context) in state.made.values { context.replace() }
                state.made = [:]
            }
            state.made[settings.core] = made
            return made
        }
    }

    /// Replaces all secrets; contexts whose secrets changed are made anew here, not by the next connection.
    ///
    /// - Parameter absences: reasons why secrets are missing, by name; for the messages of refused connections.
    package func update(_ secrets: [String: TLSSecret], absences: [String: String] = [:]) {
        state.withLock { state in
            let changed = Set(secrets.keys).union(state.secrets.keys).union(absences.keys).union(state.absences.keys)
                .filter { secrets[$0] != state.secrets[$0] || absences[$0] != state.absences[$0] }
            guard !changed.isEmpty else { return }
            state.secrets = secrets
            state.absences = absences
            for core in state.made.keys where !changed.isDisjoint(with: core.secretNames) {
                let former = state.made.updateValue(Self.make(core, state), forKey: core)
                if case .success(let context)? = former { context.replace() }
            }
        }
    }

    /// What a secret is now; for the admin pages.
    package func secret(named name: String) -> TLSSecret? { state.withLock { $0.secrets[name] } }

    private static func make(_ core: TLSCore, _ state: State) -> Result<TLSContext, TLSUnavailable> {
        func absent(_ name: String) -> TLSUnavailable {
            TLSUnavailable(
                reason: "the secret \(name) is not there: \(state.absences[name] ?? "nobody has given it yet")"
            )
        }
        var certificate: CertificateSecret?
        switch core.certificate {
        case .inline(let secret)?: certificate = secret
        case .secret(let name)?:
            guard case .certificate(let secret)? = state.secrets[name] else { return .failure(absent(name)) }
            certificate = secret
        case nil: break
        }
        var validation: ValidationSecret?
        switch core.trust {
        case .inline(let secret)?: validation = secret
        case .secret(let name)?:
            guard case .validation(let secret)? = state.secrets[name] else { return .failure(absent(name)) }
            validation = secret
        case .system?, .untrusted?, nil: break
        }
        do {
            return .success(try TLSContext(core, certificate: certificate, validation: validation))
        } catch let error as TLSUnavailable {
            return .failure(error)
        } catch {
            return .failure(TLSUnavailable(reason: "\(error)"))
        }
    }
}

/// Why no connection can be made with some settings.
package struct TLSUnavailable: Error, Equatable, CustomStringConvertible {
    /// A sentence for logs; never holds a key.
    package let reason: String

    package init(reason: String) { self.reason = reason }

    package var description: String { reason }
}
