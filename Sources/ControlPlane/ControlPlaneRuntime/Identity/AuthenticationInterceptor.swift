internal import DiscoveryServer
internal import GRPCCore
internal import Logging

/// Lets no call through whose caller is not known, and tells the services who it is.
struct AuthenticationInterceptor: ServerInterceptor {
    let authentication: CallerAuthentication
    let metrics: AuthorityMetrics
    let logger: Logger

    func intercept<Input: Sendable, Output: Sendable>(
        request: StreamingServerRequest<Input>,
        context: ServerContext,
        next: @Sendable (StreamingServerRequest<Input>, ServerContext) async throws -> StreamingServerResponse<Output>
    ) async throws -> StreamingServerResponse<Output> {
        let certificate = (context.transportSpecific as? ConnectedPeer)?.certificate
        let authorization = Array(request.metadata[stringValues: "authorization"])
        var context = context
        do throws(AuthenticationFailure) {
            context.transportSpecific = AuthenticatedCaller(
                try await authentication.identity(certificate: certificate, authorization: authorization)
            )
        } catch {
            metrics.refusedCaller()
            let (code, reason): (RPCError.Code, String) =
                switch error {
                case .refused(let reason): (.unauthenticated, reason)
                case .unavailable(let reason): (.unavailable, reason)
                }
            logger.warning(
                "caller refused",
                metadata: ["peer": "\(context.remotePeer)", "method": "\(context.descriptor)", "reason": "\(reason)"]
            )
            throw RPCError(code: code, message: reason)
        }
        return try await next(request, context)
    }
}
