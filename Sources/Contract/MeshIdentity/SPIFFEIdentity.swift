/// The identity of a workload: `spiffe://TRUST_DOMAIN/ns/NAMESPACE/sa/SERVICE_ACCOUNT`.
///
/// The one form a mesh issues and accepts (SPIFFE-ID section 2; Istio `pkg/spiffe`). Any thread.
package struct SPIFFEIdentity: Hashable, Sendable, CustomStringConvertible {
    /// The domain whose authority vouches for it, a DNS name in lower case.
    package let trustDomain: String
    /// Kubernetes namespace.
    package let namespace: String
    /// Kubernetes service account.
    package let serviceAccount: String

    /// An identity of its parts; nil when a part is empty or has a character that could be read as a separator.
    package init?(trustDomain: String, namespace: String, serviceAccount: String) {
        guard Self.isTrustDomain(trustDomain), Self.isSegment(namespace), Self.isSegment(serviceAccount) else {
            return nil
        }
        self.trustDomain = trustDomain
        self.namespace = namespace
        self.serviceAccount = serviceAccount
    }

    /// Reads a URI; nil for anything but the exact form: no wildcard, no query, no empty segment, no escape.
    package init?(_ text: some StringProtocol) {
        // Bytes: every handshake reads one, and walks over characters cost microseconds.
        let bytes = Array(String(text).utf8)
        guard bytes.count <= Self.maximumBytes, bytes.starts(with: Self.scheme) else { return nil }
        let parts = bytes[Self.scheme.count...].split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard parts.count == 5, parts[1].elementsEqual("ns".utf8), parts[3].elementsEqual("sa".utf8) else { return nil }
        func string(_ part: ArraySlice<UInt8>) -> String { String(decoding: part, as: UTF8.self) }
        self.init(trustDomain: string(parts[0]), namespace: string(parts[2]), serviceAccount: string(parts[4]))
    }

    private static let scheme = Array("spiffe://".utf8)

    /// The URI.
    package var description: String { "spiffe://" + principal }

    /// The URI without its scheme, as `AuthorizationPolicy.source.principals` states it.
    package var principal: String { "\(trustDomain)/ns/\(namespace)/sa/\(serviceAccount)" }

    /// The longest URI there is, in bytes (SPIFFE-ID section 2.3).
    package static let maximumBytes = 2048

    /// Whether `text` names a trust domain: lower-case letters, digits, dots, dashes and underscores (section 2.1).
    package static func isTrustDomain(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 255
            && text.utf8.allSatisfy { byte in
                isLowerOrDigit(byte) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-")
                    || byte == UInt8(ascii: "_")
            }
    }

    /// Letters, digits, dots, dashes and underscores (section 2.2), and neither `.` nor `..`.
    private static func isSegment(_ text: String) -> Bool {
        !text.isEmpty && text != "." && text != ".."
            && text.utf8.allSatisfy { byte in
                isLowerOrDigit(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
                    || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
            }
    }

    private static func isLowerOrDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
