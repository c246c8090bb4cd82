internal import MeshIdentity

/// The workload's secrets before they have a version.
struct WorkloadMaterial: Sendable, Equatable {
    var identity: SPIFFEIdentity?
    var chainPEM: [UInt8]
    var key: PrivateKeyPEM
    var rootsPEM: [UInt8]
    var crlPEM: [UInt8]?
    var notBefore: UnixTime
    var notAfter: UnixTime
    var serial: String
}

extension SecretPublisher {
    /// Publishes `default` and `ROOTCA` together.
    func setWorkload(_ material: WorkloadMaterial) {
        change { set in
            let roots = SecretContent.validation(rootsPEM: material.rootsPEM, crlPEM: material.crlPEM)
            let hasOtherTrust = set.set(SecretName.roots, roots)
            if hasOtherTrust { set.trustVersion &+= 1 }
            let leaf = SecretContent.tlsCertificate(chainPEM: material.chainPEM, key: material.key)
            let hasOtherLeaf = set.set(SecretName.workload, leaf)
            guard hasOtherTrust || hasOtherLeaf || set.identity != .valid else { return false }
            set.identity = .valid
            set.workload = WorkloadSecrets(
                identity: material.identity,
                certificateChainPEM: material.chainPEM,
                privateKeyPEM: material.key,
                rootsPEM: material.rootsPEM,
                crlPEM: material.crlPEM,
                notBefore: material.notBefore,
                notAfter: material.notAfter,
                serial: material.serial,
                version: set.version &+ 1,
                trustVersion: set.trustVersion
            )
            return true
        }
    }

    /// Publishes that there is no certificate; the roots stay, as peers' certificates are no worse for it.
    func setIdentity(_ state: SecretSet.IdentityState) {
        change { set in
            guard set.identity != state else { return false }
            set.identity = state
            set.workload = nil
            let reason: String
            switch state {
            case .pending(let text), .expired(let text): reason = text
            case .notWanted, .valid: return true
            }
            _ = set.set(SecretName.workload, .unavailable(reason: reason))
            if set.entries[SecretName.roots] == nil {
                _ = set.set(SecretName.roots, .unavailable(reason: reason))
            }
            return true
        }
    }
}
