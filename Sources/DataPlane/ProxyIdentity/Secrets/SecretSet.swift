/// All secrets that the agent holds at one moment, by SDS name: immutable; any thread.
package struct SecretSet: Sendable, Equatable {
    /// One secret and how often it has changed.
    package struct Entry: Sendable, Equatable {
        /// The secret.
        package let secret: SecretContent
        /// Grows with every change of this secret; 1 for the first.
        package let revision: UInt64
    }

    /// How the workload's own identity stands.
    package enum IdentityState: Sendable, Equatable {
        /// None is wanted: no authority and no mounted certificate is configured.
        case notWanted
        /// The first certificate is still to come; why, as it is told to people.
        case pending(reason: String)
        /// ``SecretSet/workload`` is there and valid.
        case valid
        /// The last certificate has expired and no other could be had; TLS fails with this reason.
        case expired(reason: String)
    }

    /// By SDS name: `default`, `ROOTCA`, `file-cert:CHAIN~KEY`, `file-root:ROOTS`; the latter two once wanted.
    package internal(set) var entries: [String: Entry] = [:]
    /// `default` and `ROOTCA` together, parsed; nil while there is no valid certificate.
    package internal(set) var workload: WorkloadSecrets?
    /// How the workload's own identity stands.
    package internal(set) var identity: IdentityState = .notWanted
    /// Grows with any change; consumers that see an older one after a newer one leave it.
    package internal(set) var version: UInt64 = 0
    /// Grows when the roots or revocation lists of `ROOTCA` change.
    package internal(set) var trustVersion: UInt64 = 0

    init() {}

    /// The secret of a name; a name nobody wanted yet is unavailable and says so.
    package subscript(name: String) -> SecretContent {
        entries[name]?.secret ?? .unavailable(reason: "the secret \(name) is not known to the agent")
    }

    /// Why a proxy that starts cannot be ready yet for want of an identity, nil when it can. A certificate that expires
    /// later takes no proxy out of its service: what needs none, like plain text where it is permitted, goes on.
    package var unreadyReason: String? {
        if case .pending(let reason) = identity { reason } else { nil }
    }

    /// Sets a secret; false when it is as before.
    mutating func set(_ name: String, _ secret: SecretContent) -> Bool {
        let former = entries[name]
        guard former?.secret != secret else { return false }
        entries[name] = Entry(secret: secret, revision: (former?.revision ?? 0) &+ 1)
        return true
    }
}
