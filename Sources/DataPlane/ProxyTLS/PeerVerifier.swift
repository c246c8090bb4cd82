package import ProxySnapshot

/// Why a peer that has a signed certificate is refused all the same.
package enum PeerRefusal: Error, Equatable, Sendable {
    /// Its certificate is on a revocation list.
    case revoked
    /// Its certificate ended; a resumed session does not outlive it.
    case expired
    /// It has none of the names asked for.
    case wrongName
    /// It has neither the key nor the certificate that is pinned.
    case wrongPin
    /// It showed no certificate.
    case missing
}

/// Decides whether the peer of a finished handshake is one we want to talk to. Pure.
package enum PeerVerifier {
    /// Nil if the peer is welcome. `now` is in seconds since 1970.
    package static func refusal(
        of peer: PeerCertificate?,
        by settings: TLSSettings,
        context: TLSContext,
        now: Int64
    ) -> PeerRefusal? {
        guard let peer else {
            let isAsked = settings.core.trust != nil && settings.core.requiresPeerCertificate
            return isAsked ? .missing : nil
        }
        if context.revocations.contains(peer) { return .revoked }
        if now >= peer.notAfter, settings.core.trust != .untrusted { return .expired }
        let requirements = settings.peer
        if !requirements.names.isEmpty, !requirements.names.contains(where: { $0.matches(peer) }) { return .wrongName }
        guard isPinned(peer, requirements) else { return .wrongPin }
        return nil
    }

    private static func isPinned(_ peer: PeerCertificate, _ requirements: PeerRequirements) -> Bool {
        if requirements.certificateDigests.isEmpty, requirements.publicKeyDigests.isEmpty { return true }
        if requirements.certificateDigests.contains(peer.digest) { return true }
        guard !requirements.publicKeyDigests.isEmpty, let digest = peer.publicKeyDigest else { return false }
        return requirements.publicKeyDigests.contains(digest)
    }
}

extension SubjectAltNameMatcher {
    /// Whether one of the peer's names of this kind matches.
    func matches(_ peer: PeerCertificate) -> Bool {
        switch kind {
        case .uri:
            zip(peer.uris, peer.areIdentities).contains { matcher.matchesURI($0, isIdentity: $1) }
        case .dns: peer.dnsNames.contains { matcher.matchesDNS($0) }
        case .email: peer.emails.contains { matcher.matches($0) }
        case .ipAddress: peer.addresses.contains { bytes in IPAddress(bytes).map { matcher.matches("\($0)") } ?? false }
        }
    }
}

extension NameMatcher {
    func matches(_ name: String) -> Bool {
        switch self {
        case .exact(let text): name == text
        case .prefix(let text): name.hasPrefix(text)
        case .suffix(let text): name.hasSuffix(text)
        case .contains(let text): name.contains(text)
        }
    }

    /// A SPIFFE name that is matched by prefix, as a trust domain is, must be an identity itself: the prefix says nothing
    /// of what follows it.
    func matchesURI(_ name: String, isIdentity: Bool) -> Bool {
        guard matches(name) else { return false }
        if case .prefix(let text) = self, text.hasPrefix("spiffe://") { return isIdentity }
        return true
    }

    /// A certificate's `*.example.com` stands for one label (RFC 6125 section 6.4.3); a wildcard elsewhere is none.
    func matchesDNS(_ name: String) -> Bool {
        let name = name.lowercased()
        guard case .exact(let wanted) = self else { return matches(name) }
        let host = wanted.lowercased()
        guard name.hasPrefix("*.") else { return host == name && !name.contains("*") }
        let suffix = name.dropFirst()
        guard !suffix.dropFirst().contains("*"), suffix.dropFirst().contains(".") else { return false }
        guard let dot = host.firstIndex(of: "."), dot > host.startIndex else { return false }
        return host[dot...] == suffix
    }
}

extension IPAddress {
    /// An address of 4 or 16 bytes in network order.
    init?(_ bytes: [UInt8]) {
        switch bytes.count {
        case 4: self.init(v4: bytes.reduce(0) { $0 << 8 | UInt32($1) })
        case 16:
            self.init(
                v6High: bytes[..<8].reduce(0) { $0 << 8 | UInt64($1) },
                low: bytes[8...].reduce(0) { $0 << 8 | UInt64($1) }
            )
        default: return nil
        }
    }
}
