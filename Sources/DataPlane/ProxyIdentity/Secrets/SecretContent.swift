/// A secret as SDS delivers it (`envoy.extensions.transport_sockets.tls.v3.Secret`).
package enum SecretContent: Sendable, Equatable {
    /// A chain, leaf first, and the leaf's key.
    case tlsCertificate(chainPEM: [UInt8], key: PrivateKeyPEM)
    /// Roots to trust, and revocation lists if there are any.
    case validation(rootsPEM: [UInt8], crlPEM: [UInt8]?)
    /// There is none now; TLS that needs it must fail, with this reason. A last good version is never replaced by
    /// this but when it has expired.
    case unavailable(reason: String)
}

/// The names by which TLS contexts refer to what the agent holds (Istio `pkg/security`).
package enum SecretName {
    /// The workload's certificate and key.
    package static let workload = "default"
    /// The bundle of roots by which peers are verified.
    package static let roots = "ROOTCA"

    /// What the name of a file secret stands for.
    package enum Files: Sendable, Hashable {
        /// `file-cert:CHAIN~KEY`.
        case certificate(chain: String, key: String)
        /// `file-root:ROOTS`.
        case roots(String)
    }

    /// Reads the name of a file secret; nil for any other name and for one without paths.
    package static func files(_ name: String) -> Files? {
        if let paths = suffix(of: name, after: "file-cert:") {
            let parts = paths.split(separator: "~", omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { return nil }
            return .certificate(chain: String(parts[0]), key: String(parts[1]))
        }
        if let path = suffix(of: name, after: "file-root:"), !path.isEmpty { return .roots(path) }
        return nil
    }

    private static func suffix(of name: String, after prefix: String) -> String? {
        name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : nil
    }
}
