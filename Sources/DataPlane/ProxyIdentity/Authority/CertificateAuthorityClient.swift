internal import EnvoyAPI
internal import GRPCCore
internal import GRPCNIOTransportHTTP2Posix
internal import SwiftProtobuf

/// Asks `istio.v1.auth.IstioCertificateService` for one certificate: one connection, one call.
struct CertificateAuthorityClient: Sendable {
    let access: ControlPlaneAccess
    let clusterID: String
    /// How long one request may take, connecting included.
    var timeout: Duration = .seconds(10)

    /// Why there is no answer.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Returns `cert_chain` as it came; nothing of it is verified.
    ///
    /// - Throws: `Failure` with a reason for people.
    func sign(csr: String, lifetime: Duration, failures: Int) async throws(Failure) -> [String] {
        do {
            let connection = try access.prepare(failures: failures)
            let transport = try HTTP2ClientTransport.Posix.http2NIOPosix(
                target: .dns(host: access.address.host, port: access.address.port),
                transportSecurity: connection.security,
                config: .defaults { $0.http2.authority = connection.serverName }
            )
            var metadata = connection.metadata
            metadata.addString(clusterID, forKey: "clusterid")
            var options = CallOptions.defaults
            options.timeout = timeout
            options.waitForReady = false
            return try await withGRPCClient(transport: transport) { [metadata, options] client in
                let service = Istio_V1_Auth_IstioCertificateService.Client(wrapping: client)
                return try await service.createCertificate(
                    .with {
                        $0.csr = csr
                        $0.validityDuration = max(1, lifetime.components.seconds)
                    },
                    metadata: metadata,
                    options: options
                ).certChain
            }
        } catch let error as RPCError {
            throw Failure(description: error.explanation)
        } catch {
            throw Failure(description: "\(error)")
        }
    }
}
