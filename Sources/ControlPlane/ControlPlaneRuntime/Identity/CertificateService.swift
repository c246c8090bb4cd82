internal import CertificateAuthority
internal import DiscoveryServer
internal import EnvoyAPI
internal import Foundation
internal import GRPCCore
internal import Logging
internal import SwiftProtobuf

/// `istio.v1.auth.IstioCertificateService`: certificates for whoever an interceptor has authenticated.
struct CertificateService: Istio_V1_Auth_IstioCertificateService.SimpleServiceProtocol {
    let trust: MeshTrust
    /// The longest life of a certificate, in seconds.
    let maximumLifetime: Int64
    let metrics: AuthorityMetrics
    let logger: Logger
    var now: @Sendable () -> Date = { Date() }

    /// Signs the CSR for the caller's identity. The answer ends with the roots, as Istio's agent expects.
    func createCertificate(
        request: Istio_V1_Auth_IstioCertificateRequest,
        context: ServerContext
    ) async throws -> Istio_V1_Auth_IstioCertificateResponse {
        guard let caller = context.transportSpecific as? AuthenticatedCaller else {
            throw RPCError(code: .unauthenticated, message: "show a client certificate or a token")
        }
        metrics.requested()
        // Istio's nodes ask so for the pods they run; nobody is trusted with that here.
        if request.metadata.fields["ImpersonatedIdentity"] != nil {
            metrics.refusedRequest()
            throw RPCError(
                code: .permissionDenied,
                message: "\(caller.identity) asks for the certificate of another identity, which nobody may"
            )
        }
        let state = trust.state
        do throws(SigningError) {
            let issued = try state.authority.sign(
                csr: request.csr,
                for: caller.identity,
                seconds: request.validityDuration,
                maximum: maximumLifetime,
                now: now()
            )
            metrics.issued()
            logger.info(
                "certificate issued",
                metadata: [
                    "identity": "\(caller.identity)", "serial": "\(issued.serialNumber)",
                    "until": "\(issued.notAfter.formatted(.iso8601))", "peer": "\(context.remotePeer)",
                ]
            )
            var response = Istio_V1_Auth_IstioCertificateResponse()
            response.certChain = issued.chain + [state.bundle.pem]
            return response
        } catch {
            metrics.refusedRequest()
            logger.warning("CSR refused", metadata: ["identity": "\(caller.identity)", "reason": "\(error)"])
            throw RPCError(code: Self.code(error), message: "\(error)")
        }
    }

    private static func code(_ error: SigningError) -> RPCError.Code {
        switch error {
        case .tooLarge, .unreadable, .unsupportedKey, .keySize, .badSignature: .invalidArgument
        case .authorityExpired: .failedPrecondition
        case .notSigned: .internalError
        }
    }
}
