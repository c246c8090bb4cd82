internal import NIOSSL

/// What is counted of handshakes, under Envoy's names. (`ssl.session_reused` is not: the library does not say.)
package enum TLSStatistic: UInt8, CaseIterable, Sendable {
    /// Handshakes that succeeded.
    case handshake
    /// Handshakes of which the peer, or the library for another reason than the peer's certificate, made nothing.
    case connectionError
    /// The peer showed no certificate and should have.
    case failVerifyNoCertificate
    /// The peer's certificate is not one that our authorities stand for.
    case failVerifyError
    /// The peer has none of the names asked for.
    case failVerifySAN
    /// The peer's certificate or key is not the pinned one.
    case failVerifyCertificateHash
    /// Handshakes that succeeded with a peer without certificate.
    case noCertificate

    /// The name after the listener's or the cluster's.
    package var name: String {
        switch self {
        case .handshake: "ssl.handshake"
        case .connectionError: "ssl.connection_error"
        case .failVerifyNoCertificate: "ssl.fail_verify_no_cert"
        case .failVerifyError: "ssl.fail_verify_error"
        case .failVerifySAN: "ssl.fail_verify_san"
        case .failVerifyCertificateHash: "ssl.fail_verify_cert_hash"
        case .noCertificate: "ssl.no_certificate"
        }
    }

    /// What the failure of a handshake counts as; nil for none: a peer that only goes away is no error of TLS.
    package init?(failure error: any Error) {
        switch error {
        case let refusal as PeerRefusal: self.init(refusal)
        case NIOSSLError.handshakeFailed(.sslError(let stack)), BoringSSLError.sslError(let stack):
            let reasons = stack.map { "\($0)" }
            if reasons.contains(where: { $0.contains("PEER_DID_NOT_RETURN_A_CERTIFICATE") }) {
                self = .failVerifyNoCertificate
            } else if reasons.contains(where: { $0.contains("CERTIFICATE_VERIFY_FAILED") }) {
                self = .failVerifyError
            } else {
                self = .connectionError
            }
        default: return nil
        }
    }

    private init(_ refusal: PeerRefusal) {
        switch refusal {
        case .revoked, .expired: self = .failVerifyError
        case .wrongName: self = .failVerifySAN
        case .wrongPin: self = .failVerifyCertificateHash
        case .missing: self = .failVerifyNoCertificate
        }
    }
}
