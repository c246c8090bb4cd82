package import ProxySnapshot
package import ProxyUpstream

/// Asks an external authorization service over gRPC; made by the runtime, used from event loops.
package protocol AuthorizationChecking: Sendable {
    /// Asks the service at `endpoint`, which is spoken to with `security` if it is to be TLS.
    ///
    /// `then` is called once, on any thread, with a failure if there is no answer in time.
    func check(
        _ subject: CheckSubject,
        of service: ExternalAuthorization.GRPCService,
        clusterName: String,
        at endpoint: SocketAddressValue,
        security: UpstreamSecurity?,
        then: @escaping @Sendable (CheckAnswer) -> Void
    )
}

extension AuthorizationChecking {
    /// Asks `endpoint`, with the protection that its cluster wants; without it nobody is asked, and that has failed.
    package func check(
        _ subject: CheckSubject,
        of service: ExternalAuthorization.GRPCService,
        at endpoint: UpstreamEndpoint,
        then: @escaping @Sendable (CheckAnswer) -> Void
    ) {
        guard let address = endpoint.address.value else { return then(.failed) }
        var security: UpstreamSecurity?
        if case .tls(let settings) = endpoint.transportSocket {
            switch UpstreamSecurity.make(settings, for: endpoint, speaksHTTP: false) {
            case .success(let made): security = made
            case .failure: return then(.failed)
            }
        }
        check(
            subject,
            of: service,
            clusterName: endpoint.cluster.name,
            at: address,
            security: security,
            then: then
        )
    }
}
